import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { carriedApp, copyOf, DATA, dataOf } from "../../support/carried.ts";
import { codeOf, cookieOf, NAME, set } from "../../support/session-app.ts";

const LONGEST_COOKIE = 4096;

describe("the size of a session that its client carries", () => {
  it("is at most what every browser keeps of a cookie, name and attributes included", async (test) => {
    const app = await carriedApp(test, { cookie: { maxAge: "1h", sameSite: "strict", priority: "medium" } });
    let largest = 0;
    let refused = 0;
    for (let size = 2_000; size < 3_200; size += 40) {
      const reply = await app.act((session) => {
        session.text = "x".repeat(size);
      });
      if (reply.status === 500) refused += 1;
      for (const cookie of reply.setCookie) largest = Math.max(largest, cookie.length);
    }
    assert.ok(refused > 3);
    assert.ok(largest <= LONGEST_COOKIE && largest > LONGEST_COOKIE - 100, `${largest}`);
  });

  it("beyond that is refused with a code, the number of bytes, and what to do; what was there stays", async (test) => {
    const app = await carriedApp(test);
    await app.act(set({ a: 1 }));
    const reply = await app.act(async (session) => {
      session.big = "x".repeat(4_000);
      const code = await codeOf(session.save());
      delete session.big;
      return { code };
    });
    assert.deepEqual(reply.json(), { code: "ERR_HOLDFAST_TOO_LARGE" });
    const unheard = await app.act(set({ big: "x".repeat(4_000) }));
    assert.equal(unheard.status, 500);
    assert.match(
      unheard.text,
      /takes 5\d{3} bytes, sealed.* \d{4} are the most that one cookie holds.*`chunks`/,
    );
    assert.deepEqual(await app.data(), { a: 1 });
  });

  it("may be that of 3 cookies, each of which a browser keeps", async (test) => {
    const app = await carriedApp(test, { chunks: 3, absolute: "400d", cookie: { maxAge: "400d" } });
    const reply = await app.act(set({ big: "x".repeat(8_000) }));
    assert.equal(reply.status, 200);
    assert.equal(reply.setCookie.find((cookie) => cookie.startsWith(`${DATA}=`))?.length, LONGEST_COOKIE);
    assert.deepEqual([...app.agent.cookies.keys()], [NAME, DATA, `${DATA}.1`, `${DATA}.2`]);
    for (const cookie of reply.setCookie) assert.ok(cookie.length <= LONGEST_COOKIE);
    assert.equal(String((await app.data()).big).length, 8_000);
    assert.equal((await app.act(set({ big: "x".repeat(9_500) }))).status, 500);
  });

  it("leaves no cookie behind when it shrinks, and none at sign-out, with the same attributes", async (test) => {
    const app = await carriedApp(test, { chunks: 3, cookie: { path: "/app", partitioned: true } });
    await app.act(set({ big: "x".repeat(8_000), small: 1 }));
    assert.equal(app.agent.cookies.size, 4);
    const shrunk = await app.act((session) => void delete session.big);
    assert.equal(shrunk.setCookie.length, 3);
    assert.equal(app.agent.cookies.size, 2);
    assert.deepEqual(await app.data(), { small: 1 });
    await app.act(set({ big: "x".repeat(8_000) }));
    const out = await app.act((session) => session.signOut());
    assert.equal(out.setCookie.length, 4);
    for (const cookie of out.setCookie) {
      assert.match(cookie, /=; Path=\/app; Max-Age=0; .*HttpOnly; Secure; SameSite=Lax; Partitioned$/);
    }
    assert.equal(app.agent.cookies.size, 0);
  });

  it("may shrink to one cookie when the app does: what fits goes on", async (test) => {
    const secret = "VKPmZ0yzvVh6mPjVjVhwC6o9m5k0m6cZgq1cC2kY3nE";
    const wide = await carriedApp(test, { secret, chunks: 3 });
    await wide.act(set({ big: "x".repeat(4_000), a: 1 }));
    const narrow = await carriedApp(test, { secret });
    const browser = copyOf(narrow.agent, Object.fromEntries(wide.agent.cookies));
    assert.equal((await narrow.data(browser)).a, 1, "it can be read still");
    assert.equal((await narrow.act(set({ a: 2 }), { by: browser })).status, 500);
    await narrow.act((session) => void delete session.big, { by: browser });
    assert.deepEqual([...browser.cookies.keys()], [NAME, DATA]);
  });
});

describe("cookies of a session that do not fit together", () => {
  it("are nobody's session, and are deleted: one missing, shuffled, another session's, too many, not ours", async (test) => {
    const app = await carriedApp(test, { chunks: 3 });
    await app.act(set({ big: "x".repeat(8_000) }));
    const [id, first, second, third] = [...app.agent.cookies.values()] as [string, string, string, string];
    const other = app.agent.newBrowser();
    await app.act(set({ big: "x".repeat(8_000) }), { by: other });
    const wrong: Record<string, readonly (string | undefined)[]> = {
      "the last missing": [first, second],
      "the middle missing": [first, undefined, third],
      "the first missing": ["", second, third],
      shuffled: [first, third, second],
      "another session's in the middle": [first, dataOf(other, `${DATA}.1`), third],
      "another session's all": [dataOf(other), dataOf(other, `${DATA}.1`), dataOf(other, `${DATA}.2`)],
      "more than there may be": [`4${first.slice(1)}`, second, third],
      "fewer than there are": [`2${first.slice(1)}`, second, third],
      "not ours": ["dark"],
      "not ours, and long": ["3".repeat(4_000), "3".repeat(4_000), "3".repeat(4_000)],
    };
    for (const [what, [a, b, c]] of Object.entries(wrong)) {
      const browser = app.agent.newBrowser();
      for (const [name, value] of [
        [NAME, id],
        [DATA, a],
        [`${DATA}.1`, b],
        [`${DATA}.2`, c],
      ] as const)
        if (value !== undefined && value !== "") browser.cookies.set(name, value);
      app.takeEvents();
      assert.deepEqual(await app.data(browser), {}, what);
      assert.deepEqual(app.takeEvents(), ["session_unreadable"], what);
      assert.deepEqual([...browser.cookies.keys()], [NAME], `${what}: swept`);
      await app.act(set({ b: 1 }), { by: browser });
      assert.deepEqual(await app.data(browser), { b: 1 }, `${what}: and a new one can begin`);
      assert.notEqual(cookieOf(browser), id);
    }
    assert.equal(String((await app.data()).big).length, 8_000, "the one they were taken from lives");
  });

  it("are no concern of a request without an id", async (test) => {
    const app = await carriedApp(test);
    await app.act(set({ a: 1 }));
    const browser = copyOf(app.agent);
    browser.cookies.delete(NAME);
    app.takeEvents();
    assert.deepEqual(await app.data(browser), {});
    assert.deepEqual(app.takeEvents(), []);
  });
});
