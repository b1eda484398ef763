import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isAnonymous, scene } from "../support/edited-rows.ts";
import { browserWith, cookieOf, handleIn } from "../support/session-app.ts";

describe("a row that somebody has edited", () => {
  it("with the header or the body of another session opens nothing, and says so", async (test) => {
    const { app, get, set } = await scene(test);
    const mallory = app.agent.newBrowser();
    await app.agent.signIn("anna", { data: { role: "admin" } });
    await mallory.signIn("mallory", { data: { role: "guest" } });
    const [anna, evil] = [cookieOf(app.agent), cookieOf(mallory)];
    const all = ["header", "body", "user", "key_id", "version"];
    const original = all.map((column) => get(handleIn(evil), column));
    for (const columns of [["header"], ["body"], ["header", "body"], all]) {
      for (const column of columns) set(handleIn(evil), column, get(handleIn(anna), column));
      app.takeEvents();
      await isAnonymous(app, evil, columns.join());
      assert.deepEqual(app.takeEvents(), ["session_unreadable"], columns.join());
      all.forEach((column, index) => {
        set(handleIn(evil), column, original[index] ?? null);
      });
      assert.equal((await app.data(browserWith(app, evil))).role, "guest");
    }
  });

  it("with header, body and version of different states of itself opens nothing", async (test) => {
    const { app, get, set } = await scene(test);
    await app.agent.signIn("anna", { data: { balance: 100 } });
    const cookie = cookieOf(app.agent);
    const handle = handleIn(cookie);
    const columns = ["header", "body", "version"] as const;
    const spend = async (wait: number): Promise<void> => {
      app.clock.advance(wait);
      await app.act((session) => {
        session.balance = Number(session.balance) - 1;
      });
    };
    const row = () => columns.map((column) => get(handle, column));
    const first = row();
    // Soon after another the data is written alone, later with its header.
    await spend(1000);
    const second = row();
    assert.deepEqual(second[0], first[0]);
    await spend(4 * 60_000);
    const third = row();
    assert.notDeepEqual(third[0], first[0]);
    await spend(1000);
    const fourth = row();
    const mixed = [first, second, third, fourth].flatMap((a) =>
      [first, second, third, fourth].flatMap((b) => [
        [a[0], b[1], a[2]],
        [a[0], b[1], b[2]],
      ]),
    );
    const whole = [first, second, third, fourth].map(String);
    let refused = 0;
    for (const cells of mixed) {
      if (whole.includes(String(cells))) continue;
      columns.forEach((column, index) => {
        set(handle, column, cells[index] ?? null);
      });
      app.takeEvents();
      await isAnonymous(app, cookie, String(cells[2]));
      assert.deepEqual(app.takeEvents(), ["session_unreadable"]);
      refused += 1;
    }
    assert.equal(refused, 20);
    columns.forEach((column, index) => {
      set(handle, column, fourth[index] ?? null);
    });
    assert.equal((await app.data()).balance, 97);
  });

  it("opens under the version alone that it was written with", async (test) => {
    const { app, get, set } = await scene(test, { renew: false });
    await app.agent.signIn("anna");
    const cookie = cookieOf(app.agent);
    const handle = handleIn(cookie);
    for (let round = 0; round < 5; round++) {
      app.clock.advance("2m");
      await app.act((session) => Object.assign(session, { round }));
    }
    const version = Number(get(handle, "version"));
    for (let other = 1; other < version + 4; other++) {
      set(handle, "version", other);
      app.takeEvents();
      if (other === version) assert.equal((await app.data()).round, 4);
      else await isAnonymous(app, cookie, `version ${other} instead of ${version}`);
    }
  });

  it("cannot be kept alive by its columns: the limits are in the sealed header", async (test) => {
    const { app, set } = await scene(test, { idle: "2h", renew: false });
    for (const reason of ["idle", "absolute"]) {
      await app.agent.signIn("anna");
      const cookie = cookieOf(app.agent);
      for (let hour = 1; hour < (reason === "idle" ? 1 : 12); hour++) {
        app.clock.advance("1h");
        await app.data();
      }
      await app.settle();
      set(handleIn(cookie), "expires_at", app.clock.now() + 1e12);
      app.clock.advance(reason === "idle" ? "2h" : "1h");
      assert.deepEqual(await app.sessions.list("anna"), [], "not listed");
      app.takeEvents();
      await isAnonymous(app, cookie);
      assert.deepEqual(
        app.events.map((event) => [event.type, Reflect.get(event, "reason")]),
        [["session_expired", reason]],
      );
    }
  });

  it("moved to another user is not that user's in any way that matters", async (test) => {
    const { app, get, set } = await scene(test);
    const mallory = app.agent.newBrowser();
    await app.agent.signIn("anna");
    await mallory.signIn("mallory");
    const [anna, evil] = [handleIn(cookieOf(app.agent)), handleIn(cookieOf(mallory))];
    set(evil, "user", get(anna, "user"));
    assert.equal((await app.data(mallory)).userId === "anna", false);
    assert.deepEqual(
      (await app.sessions.list("anna")).map(({ handle }) => handle).filter((handle) => handle === evil),
      [],
    );
  });

  it("taken out of its user's index to escape revocation opens nothing", async (test) => {
    const { app, set } = await scene(test);
    await app.agent.signIn("mallory");
    const cookie = cookieOf(app.agent);
    set(handleIn(cookie), "user", null);
    app.takeEvents();
    await isAnonymous(app, cookie);
    assert.deepEqual(app.takeEvents(), ["session_unreadable"]);
  });
});
