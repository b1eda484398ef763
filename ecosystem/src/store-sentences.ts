/**
 * What every store made for express-session is tried with: two apps on one database.
 *
 * @module
 */
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import type { TestContext } from "node:test";
import type { Application } from "express";
import type { Store } from "express-session";
import type { Sentences } from "./across.ts";
import { appWith, browserWith, cookieOf, type RunningApp } from "./app.ts";
import type { SessionModule } from "./session-apis.ts";
import type { Setting } from "./settings.ts";

declare module "holdfast" {
  interface SessionData {
    visits: number;
    address: { city: string; lines: readonly string[] };
  }
}

/** A database, and what opens a store on it: each call as another process would, where others can. */
export interface Database {
  open(): Store;
  remove(): Promise<void> | void;
}

/** Where requests that have read their session wait for others. */
class Gate {
  readonly #signals = new EventEmitter();
  #waiting = 0;

  /** Resolves once `count` requests wait. */
  async reached(count: number): Promise<void> {
    while (this.#waiting < count) await once(this.#signals, "arrival");
  }

  async pass(): Promise<void> {
    this.#waiting += 1;
    this.#signals.emit("arrival");
    await once(this.#signals, "open");
  }

  open(): void {
    this.#signals.emit("open");
  }
}

function visits(app: Application, gate: Gate): void {
  app.get("/", (req, res) => void res.json({ visits: req.session.visits, address: req.session.address }));
  app.post("/visit", (req, res) => {
    req.session.visits = (req.session.visits ?? 0) + 1;
    req.session.address = { city: "Zürich", lines: ["1 'Way' --", "\u{1f36a}"] };
    res.sendStatus(204);
  });
  app.get("/keys", (req, res) => void res.json(Object.keys(req.session).filter((key) => /^key/.test(key))));
  app.post("/key/:name", async (req, res) => {
    const { session } = req;
    await gate.pass();
    Object.assign(session, { [req.params.name]: true });
    res.sendStatus(204);
  });
  app.post("/renew", (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error);
      req.session.visits = 100;
      res.sendStatus(204);
    });
  });
  app.post("/leave", (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.sendStatus(204)));
  });
}

/** Says of a store what an app expects of it. */
export function sayOfStore(
  setting: Setting,
  { holds }: Pick<Sentences, "holds">,
  make: (session: SessionModule) => Promise<Database> | Database,
): void {
  const twoApps = async (test: TestContext): Promise<readonly [RunningApp, RunningApp, Store, Gate]> => {
    const database = await make(setting.api.module);
    const [first, second] = [database.open(), database.open()];
    const gate = new Gate();
    const build = (app: Application): void => visits(app, gate);
    const apps = [
      await appWith(test, setting, build, { store: first }),
      await appWith(test, setting, build, { store: second }),
    ] as const;
    test.after(() => database.remove());
    return [...apps, second, gate];
  };
  const shown = { address: { city: "Zürich", lines: ["1 'Way' --", "\u{1f36a}"] } };

  holds("what one app writes another on the same database reads", async (test) => {
    const [{ browser }, second] = await twoApps(test);
    await browser.post("/visit");
    const there = browserWith(second.browser, cookieOf(browser));
    assert.equal((await there.post("/visit")).status, 204);
    assert.deepEqual((await browser.get("/")).json(), { visits: 2, ...shown });
  });

  holds("a new id takes the place of the old one, for both", async (test) => {
    const [{ browser }, second] = await twoApps(test);
    await browser.post("/visit");
    const before = cookieOf(browser);
    await browser.post("/renew");
    const there = browserWith(second.browser, cookieOf(browser));
    assert.deepEqual((await there.get("/")).json(), { visits: 100 });
    assert.deepEqual((await browserWith(second.browser, before).get("/")).json(), {});
  });

  holds("what one app ends is over for the other", async (test) => {
    const [{ browser }, second] = await twoApps(test);
    await browser.post("/visit");
    const before = cookieOf(browser);
    assert.equal((await browser.post("/leave")).status, 204);
    for (const app of [browser, second.browser])
      assert.deepEqual((await browserWith(app, before).get("/")).json(), {});
  });

  const isReference = setting.api.name === "express-session";

  holds(
    `of ten keys that ten requests write at once ${isReference ? "one is" : "all are"} kept`,
    async (test) => {
      const [{ browser }, , , gate] = await twoApps(test);
      await browser.post("/visit");
      const names = Array.from({ length: 10 }, (_, index) => `key${index}`);
      const writes = Promise.all(names.map((name) => browser.post(`/key/${name}`)));
      await gate.reached(10);
      gate.open();
      assert.deepEqual(new Set((await writes).map(({ status }) => status)), new Set([204]));
      const kept = (await browser.get("/keys")).json() as string[];
      if (isReference) assert.equal(kept.length, 1);
      else assert.deepEqual(kept.sort(), names);
    },
  );

  holds(
    `a request in flight ${isReference ? "brings" : "does not bring"} back what was ended`,
    async (test) => {
      const [{ browser }, second, , gate] = await twoApps(test);
      await browser.post("/visit");
      const before = cookieOf(browser);
      const inFlight = browserWith(browser, before).post("/key/key0");
      await gate.reached(1);
      await browser.post("/leave");
      gate.open();
      assert.equal((await inFlight).status, 204);
      const found = (await browserWith(second.browser, before).get("/keys")).json();
      assert.deepEqual(found, isReference ? ["key0"] : []);
    },
  );

  if (setting.api.name === "holdfast") return;

  holds("a request that changes nothing lets the entry live on, by the store's touch", async (test) => {
    const [{ browser }, second, store] = await twoApps(test);
    await browser.post("/visit");
    const { touch } = store;
    const touched: string[] = [];
    store.touch = (id, ...rest) => {
      touched.push(id);
      touch?.call(store, id, ...rest);
    };
    const there = browserWith(second.browser, cookieOf(browser));
    assert.equal((await there.get("/")).status, 200);
    assert.equal(touched.length, 1);
  });
}
