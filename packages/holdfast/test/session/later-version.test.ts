import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemRandom } from "../../src/crypto/random.ts";
import { KeyRing } from "../../src/keys/key-ring.ts";
import { recordCodec } from "../../src/session/record/codec.ts";
import { type Cell, scene } from "../support/edited-rows.ts";
import { strongSecret } from "../support/session-app.ts";

describe("What a later version has written of a session", () => {
  it("is kept by this one through writes and another id, and is gone after a sign-in", async (test) => {
    const secret = strongSecret();
    const { app, get, set } = await scene(test, { secret });
    const keys = new KeyRing([secret]);
    const codec = recordCodec("shared", keys, systemRandom);
    const headerOf = (handle: string) => {
      const opened = codec.openHeader(handle, get(handle, "header"));
      assert.ok(opened !== null);
      return opened;
    };
    const handleNow = async () => {
      const reply = await app.act((session) => ({ handle: session.handle }));
      return (reply.json() as { handle: string }).handle;
    };
    await app.act((session) => session.signIn("anna"));
    const first = await handleNow();
    const unknown = { attestation: { by: "TPM" }, __proto__: null };
    const opened = headerOf(first);
    const later = { ...opened, header: { ...opened.header, unknown } };
    const sealed = codec.sealHeader(first, keys.newest.id, later);
    set(first, "header", sealed as Cell);

    await app.act((session) => Object.assign(session, { cart: ["tea"] }));
    assert.deepEqual(headerOf(first).header.unknown, { attestation: { by: "TPM" } });
    await app.act((session) => session.regenerate({ keep: ["userId"] }));
    const second = await handleNow();
    assert.notEqual(second, first);
    assert.deepEqual(headerOf(second).header.unknown, { attestation: { by: "TPM" } });
    await app.act((session) => session.signIn("anna"));
    assert.equal(headerOf(await handleNow()).header.unknown, undefined);
  });
});
