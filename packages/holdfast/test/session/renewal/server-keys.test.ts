import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SqliteStore } from "../../../src/store/sqlite.ts";
import { databaseFor } from "../../store/databases.ts";
import { due, RENEW, read } from "../../support/renewals.ts";
import { browserWith, cookieOf, sessionApp, set, strongSecret } from "../../support/session-app.ts";

describe("rotation of server keys and offers, on SQLite", () => {
  it("files a session under its user's name in the key it is counted under", async (test) => {
    const path = databaseFor(test);
    const store = () => new SqliteStore(path);
    const [a, b] = [strongSecret(), strongSecret()];
    // A rollout in the middle: some processes [a, b], some [b, a].
    const { app: one, first } = await due(test, { store: store(), secret: [a, b] });
    await one.data(); // offered under a
    const offered = cookieOf(one.agent);
    const two = await sessionApp(test, { store: store(), secret: [b, a], clock: one.clock });
    await two.act(read, { by: browserWith(two, first) }); // signed anew under b
    await browserWith(one, offered).get("/plain"); // presented: counted under a
    await one.settle();
    const counts = await one.sessions.keys
      .usage()
      .then((usage) => usage.map(({ liveSessions }) => liveSessions));
    assert.deepEqual(counts, [1, 0]);
    // Nothing depends on b, it says.
    const rolledBack = await sessionApp(test, { store: store(), secret: [a], clock: one.clock });
    assert.equal(
      (await rolledBack.data(browserWith(rolledBack, offered))).userId,
      "anna",
      rolledBack.takeEvents().join(),
    );
    assert.equal((await rolledBack.sessions.list("anna")).length, 1);
  });

  it("counts a session under the key of the secret that its browser holds already", async (test) => {
    const path = databaseFor(test);
    const store = () => new SqliteStore(path);
    const [a, b] = [strongSecret(), strongSecret()];
    const one = await sessionApp(test, { store: store(), secret: [a, b] });
    const two = await sessionApp(test, { store: store(), secret: [b, a], clock: one.clock });
    await two.agent.signIn("anna");
    await one.clock.advance(RENEW);
    // On an old process, whose reply brings a's: by a request that does not rewrite, for it comes with the id under a.
    const browser = browserWith(one, cookieOf(two.agent));
    await one.act(read, { by: browser });
    // Another tab's request, sent before, lands on a new process and is signed anew under b; its reply is lost.
    await two.act(set({ x: 1 }), { by: browserWith(two, cookieOf(two.agent)) });
    const counts = await two.sessions.keys
      .usage()
      .then((usage) => usage.map(({ liveSessions }) => liveSessions));
    const three = await sessionApp(test, { store: store(), secret: [b], clock: one.clock });
    if (counts[1] === 0) {
      assert.equal(
        (await three.data(browserWith(three, cookieOf(browser)))).userId,
        "anna",
        `counts ${counts}`,
      );
    }
  });

  it("an offer under a key that is gone is made anew, and locks out nobody whose own key is there", async (test) => {
    const path = databaseFor(test);
    const store = () => new SqliteStore(path);
    const [a, b] = [strongSecret(), strongSecret()];
    const { app: one, first } = await due(test, { store: store(), secret: [a, b] });
    const two = await sessionApp(test, { store: store(), secret: [b, a], clock: one.clock });
    const three = await sessionApp(test, { store: store(), secret: [b], clock: one.clock });
    await one.data(browserWith(one, first)); // offered under a, reply lost
    const browser = browserWith(two, first);
    await two.act(set({ x: 1 }), { by: browser }); // reissued under b? the offer under a is sent
    const later = browserWith(three, cookieOf(browser));
    await two.data(browser);
    await two.data(browser);
    assert.equal((await three.data(browserWith(three, cookieOf(browser)))).userId, "anna");
    void later;
  });

  it("an offer made anew under another key does not turn the earlier one into a replay", async (test) => {
    const path = databaseFor(test);
    const store = () => new SqliteStore(path);
    const [a, b] = [strongSecret(), strongSecret()];
    // Three rollouts close to each other: [a, b] (oldest), [b, a], [b].
    const two = await sessionApp(test, { store: store(), secret: [b, a] });
    await two.agent.signIn("anna");
    const id = cookieOf(two.agent);
    const one = await sessionApp(test, { store: store(), secret: [a, b], clock: two.clock });
    const three = await sessionApp(test, { store: store(), secret: [b], clock: two.clock });
    await two.clock.advance(RENEW);
    const browser = browserWith(one, id);
    await one.data(browser); // offered under a
    await three.data(browserWith(three, id)); // made anew under b, for a is not known here
    assert.equal(
      (await two.data(browserWith(two, cookieOf(browser)))).userId,
      "anna",
      two.takeEvents().join(),
    );
  });
});
