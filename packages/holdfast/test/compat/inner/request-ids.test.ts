import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import { signedIds } from "../../../src/compat/request-ids.ts";
import { CookieSigner } from "../../../src/compat/signature.ts";

const signer = new CookieSigner(["keyboard cat"]);
const good = signer.sign("good");

function idsOf(cookie: string | undefined, extra: object = {}): string[] {
  const req = new IncomingMessage(new Socket());
  if (cookie !== undefined) req.headers.cookie = cookie;
  return signedIds(Object.assign(req, extra), "sid", signer).map(({ id }) => id);
}

describe("The ids of a request", () => {
  it("are read percent-encoded, plain, or in quotes", () => {
    assert.deepEqual(idsOf(`sid=${encodeURIComponent(good)}`), ["good"]);
    assert.deepEqual(idsOf(`sid=${good}`), ["good"]);
    assert.deepEqual(idsOf(`sid="${good}"`), ["good"]);
  });

  it("are all that are genuine, in order and each once", () => {
    const other = signer.sign("other");
    assert.deepEqual(idsOf(`sid=s:bad.x; sid=${good}; sid=%; sid=${other}; sid=${good}`), ["good", "other"]);
  });

  it("are looked for in a few cookies only", () => {
    assert.deepEqual(idsOf(`${"sid=junk; ".repeat(8)}sid=${good}`), []);
  });

  it("come from cookie-parser where the header has none", () => {
    assert.deepEqual(idsOf(undefined, { signedCookies: { sid: "checked" } }), ["checked"]);
    assert.deepEqual(idsOf("a=b", { cookies: { sid: good } }), ["good"]);
    assert.deepEqual(idsOf(`sid=${good}`, { signedCookies: { sid: "checked" } }), ["good"]);
  });

  it("do not come from what cookie-parser found forged, or was not told to check", () => {
    assert.deepEqual(idsOf(undefined, { signedCookies: { sid: false }, cookies: { sid: "unsigned" } }), []);
    assert.deepEqual(idsOf(undefined, { signedCookies: Object.create({ sid: "inherited" }) }), []);
  });
});
