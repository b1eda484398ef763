import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MemoryStore } from "../../../src/store/memory.ts";
import { SqliteStore } from "../../../src/store/sqlite.ts";
import { databaseFor } from "../../store/databases.ts";
import { boundBrowser, type DeviceApp, deviceApp, offerTo, register } from "../../support/device-app.ts";
import type { DeviceBrowser, DeviceReply } from "../../support/device-browser.ts";
import { jws, newDeviceKey, registrationProof } from "../../support/device-keys.ts";
import { strongSecret } from "../../support/session-app.ts";

const refresh = (browser: DeviceBrowser, id: string | undefined): Promise<DeviceReply> =>
  browser.raw("/device-bound/refresh", "POST", { "sec-secure-session-id": id });

/** A store that counts how often it is asked. */
function countingStore(): { readonly store: MemoryStore<unknown>; asked(): number } {
  const store = new MemoryStore<unknown>();
  let asked = 0;
  const { read } = store;
  store.read = (...args) => {
    asked += 1;
    return read.apply(store, args);
  };
  return { store, asked: () => asked };
}

/** The name with another character at one place. */
const withChange = (name: string, at: number): string =>
  `${name.slice(0, at)}${name[at] === "A" ? "B" : "A"}${name.slice(at + 1)}`;

describe("The name of a binding", () => {
  it("reaches the store only if this deployment gave it out", async (test) => {
    const { store, asked } = countingStore();
    const app = await deviceApp(test, [store]);
    const foreign = await boundBrowser(await deviceApp(test, [new MemoryStore()]));
    const id = (await boundBrowser(app)).binding?.id ?? "";
    const before = asked();
    const stranger = app.browser();
    const changes = Array.from(id, (_, at) => withChange(id, at)).slice(4);
    for (const forged of [id.slice(4, 26), `${id}x`, ...changes])
      assert.deepEqual(await statusAndText(refresh(stranger, forged)), [400, ""], forged);
    // Under a key that may be still to come here.
    for (const unknown of [withChange(id, 0), foreign.binding?.id])
      assert.deepEqual(await statusAndText(refresh(stranger, unknown)), [503, ""]);
    assert.equal(asked(), before);
    assert.ok(app.events.some((it) => it.type === "session_device_refused" && it.reason === "name"));
    assert.equal((await refresh(stranger, id)).status, 403);
    assert.equal(asked(), before + 1);
  });

  it("is what a registration must bring back, to the character", async (test) => {
    const { store, asked } = countingStore();
    const app = await deviceApp(test, [store]);
    const browser = app.browser();
    const { challenge, id } = await offerTo(browser);
    const before = asked();
    const key = newDeviceKey();
    const header = { alg: "ES256", typ: "dbsc+jwt", jwk: key.jwk };
    for (const at of [4, 25, 26, 34, 35, 77]) {
      const reply = await register(app.browser(), registrationProof(key, challenge, withChange(id, at)));
      assert.deepEqual([reply.status, reply.text, reply.setCookie], [403, "", []]);
    }
    assert.equal((await register(app.browser(), jws(key, header, { jti: challenge }))).status, 403);
    const unknown = registrationProof(key, challenge, withChange(id, 0));
    assert.equal((await register(app.browser(), unknown)).status, 503);
    assert.equal(asked(), before);
    assert.equal((await register(app.browser(), registrationProof(key, challenge, id))).status, 200);
  });

  it("of any characters is refused as the protocol has it, with nothing thrown", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()]);
    const browser = app.browser();
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom("a", "Z", "0", "-", "_", '"', "\\", ",", ";", "="), maxLength: 160 }),
      fc.string({ unit: fc.constantFrom("a", "0", "_"), minLength: 78, maxLength: 78 }),
    );
    await fc.assert(
      fc.asyncProperty(text, async (id) => {
        const { status, text } = await refresh(browser, id);
        if (status === 400) return assert.equal(text, "");
        assert.match(id, /^[\w-]{78}$/);
        if (status !== 503) assert.deepEqual([status, JSON.parse(text).continue], [200, false]);
      }),
      { numRuns: 200 },
    );
  });
});

describe("A binding, when the keys change", () => {
  it("goes on under an older key for as long as its session", async (test) => {
    const { before, after } = await rotated(test);
    const browser = await boundBrowser(before);
    const moved = move(browser, after);
    for (let i = 0; i < 3; i++) {
      before.clock.advance("11m");
      assert.equal((await moved.json("/me")).userId, "anna");
    }
    assert.equal(moved.log.filter((line) => line === "POST /device-bound/refresh 204").length, 3);
  });

  it("is found by its session's cookie, where that is signed anew and the older key is gone", async (test) => {
    const { before, after, last } = await rotated(test);
    const browser = move(await boundBrowser(before), after);
    const { id } = browser.binding ?? {};
    await browser.json("/me");
    const moved = move(browser, last);
    before.clock.advance("11m");
    assert.equal((await moved.json("/me")).userId, "anna");
    assert.deepEqual(moved.log, ["POST /device-bound/refresh 204", "GET /me 200"]);
    assert.equal(moved.binding?.id, id);
  });

  it("is over in the browser once its key is gone and its session must be over", async (test) => {
    const { before, last } = await rotated(test);
    const { id } = (await boundBrowser(before)).binding ?? {};
    const asked = () => statusAndText(refresh(last.browser(), id));
    before.clock.advance("11h");
    assert.deepEqual(await asked(), [503, ""]);
    before.clock.advance("1h");
    assert.deepEqual(await asked(), [200, JSON.stringify({ session_identifier: id, continue: false })]);
  });
});

async function statusAndText(reply: Promise<DeviceReply>): Promise<readonly [number, string]> {
  const { status, text } = await reply;
  return [status, text];
}

/** One app under its first key, under a second beside it, and under the second alone. */
async function rotated(
  test: Parameters<typeof deviceApp>[0],
): Promise<{ before: DeviceApp; after: DeviceApp; last: DeviceApp }> {
  const file = databaseFor(test);
  const [older, newer] = [strongSecret(), strongSecret()];
  const before = await deviceApp(test, [new SqliteStore(file)], { idle: "1h", secret: older });
  const { clock } = before;
  const later = (secret: string[]): Promise<DeviceApp> =>
    deviceApp(test, [new SqliteStore(file)], { idle: "1h", secret, clock });
  return { before, after: await later([newer, older]), last: await later([newer]) };
}

/** The same browser, after a deploy. */
function move(browser: DeviceBrowser, app: DeviceApp): DeviceBrowser {
  const moved = app.browser();
  for (const [name, cookie] of browser.cookies) moved.cookies.set(name, cookie);
  moved.binding = browser.binding;
  return moved;
}
