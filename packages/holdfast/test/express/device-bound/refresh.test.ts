import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BOUND, boundBrowser, deviceApp } from "../../support/device-app.ts";
import { refreshProof } from "../../support/device-keys.ts";
import { sharedStores } from "../../support/device-stores.ts";

for (const [name, stores] of sharedStores) {
  describe(`A browser that refreshes, on ${name}`, () => {
    it("refreshes once for requests at the same time", async (test) => {
      const app = await deviceApp(test, stores(test));
      const browser = await boundBrowser(app);
      app.clock.advance("11m");
      const replies = await Promise.all(Array.from({ length: 5 }, () => browser.json("/me")));
      assert.ok(replies.every(({ userId }) => userId === "anna"));
      assert.equal(browser.log.filter((line) => line.startsWith("POST")).length, 1);
    });

    it("survives lost answers: what was signed is asked for anew", async (test) => {
      const app = await deviceApp(test, stores(test));
      const browser = await boundBrowser(app);
      for (let i = 0; i < 2; i++) {
        app.clock.advance("11m");
        browser.lose.add("/device-bound/refresh");
        const delayed = await browser.send("/me");
        assert.equal(delayed.status, 503, "the browser says it could not refresh");
        assert.equal(delayed.headers["retry-after"], "5");
        assert.equal((await browser.json("/me")).userId, "anna");
      }
      assert.deepEqual(
        browser.log.filter((line) => line.startsWith("POST")).map((line) => line.slice(-3)),
        ["204", "403", "204", "204", "403", "204"],
      );
    });

    it("takes the old bound cookie and the new one side by side", async (test) => {
      const app = await deviceApp(test, stores(test));
      const browser = await boundBrowser(app);
      const before = browser.copy();
      app.clock.advance("9m");
      browser.cookies.delete(BOUND);
      await browser.json("/me");
      assert.notEqual(browser.cookie(BOUND), before.cookie(BOUND));
      const [old, renewed] = await Promise.all([before.json("/me"), browser.json("/me")]);
      assert.deepEqual([old.userId, renewed.userId], ["anna", "anna"]);
    });

    it("takes two proofs over one challenge for one: the other is asked for another", async (test) => {
      const app = await deviceApp(test, stores(test));
      const browser = await boundBrowser(app);
      const { id = "", key, challenge = "" } = browser.binding ?? {};
      assert.ok(key !== undefined);
      const headers = {
        "sec-secure-session-id": id,
        "secure-session-response": refreshProof(key, challenge),
      };
      const replies = await Promise.all(
        [1, 2, 3, 4].map(() => browser.raw("/device-bound/refresh", "POST", headers)),
      );
      assert.deepEqual(replies.map(({ status }) => status).sort(), [204, 403, 403, 403]);
      for (const { headers } of replies)
        assert.match(String(headers["secure-session-challenge"]), /^"[\w-]{43}";id="[\w-]{78}"$/);
    });

    it("gives who asks without a proof the same challenge again, and writes nothing", async (test) => {
      const app = await deviceApp(test, stores(test));
      const browser = await boundBrowser(app);
      const asked = async () => {
        const reply = await browser.raw("/device-bound/refresh", "POST", {
          "sec-secure-session-id": browser.binding?.id,
        });
        assert.equal(reply.status, 403);
        return reply.headers["secure-session-challenge"];
      };
      const first = await asked();
      app.clock.advance("5m");
      assert.equal(await asked(), first);
      app.clock.advance("9m");
      const second = await asked();
      assert.notEqual(second, first, "before it is over there is another");
      assert.equal(await asked(), second);
      const { id = "", key } = browser.binding ?? {};
      assert.ok(key !== undefined);
      const signed = refreshProof(key, String(first).slice(1, 44));
      const reply = await browser.raw("/device-bound/refresh", "POST", {
        "sec-secure-session-id": id,
        "secure-session-response": signed,
      });
      assert.equal(reply.status, 204, "and one that was signed before is good still");
    });

    it("is not over in the browser for a request beside the refresh that gives it another id", async (test) => {
      const app = await deviceApp(test, stores(test).slice(0, 1));
      const browser = await boundBrowser(app);
      const { id } = browser.binding ?? {};
      const before = browser.copy();
      app.clock.advance("9m");
      await browser.send("/regenerate", { method: "POST" });
      const asked = () => before.raw("/device-bound/refresh", "POST", { "sec-secure-session-id": id });
      const beside = await asked();
      assert.deepEqual([beside.status, beside.text, beside.setCookie], [503, "", []]);
      assert.equal(
        (await asked()).status,
        200,
        "who still has the id before has heard nothing: that session is over",
      );
      app.clock.advance("11m");
      assert.equal((await browser.json("/me")).userId, "anna");
    });
  });
}
