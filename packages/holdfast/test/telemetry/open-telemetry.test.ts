import assert from "node:assert/strict";
import { tracingChannel } from "node:diagnostics_channel";
import { describe, it, type TestContext } from "node:test";
import type { Meter } from "@opentelemetry/api";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { openTelemetryMetrics } from "../../src/telemetry/index.ts";
import { eventfulLife } from "../support/eventful-life.ts";
import { keepMetrics, type Metrics } from "../support/metrics.ts";
import {
  type AppOptions,
  browserWith,
  codeOf,
  meanwhile,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

interface Measured {
  readonly app: SessionApp;
  readonly store: WatchedStore;
  readonly kept: Metrics;
}

async function measured(
  test: TestContext,
  { sync = false, ...options }: AppOptions & { sync?: boolean } = {},
): Promise<Measured> {
  const store = new WatchedStore({ sync });
  const app = await sessionApp(test, { store, ...options });
  return { app, store, kept: keepMetrics(test, app.sessions) };
}

const CHANNELS = ["holdfast:store", "holdfast:load", "holdfast:commit"];

const subscribed = (): string[] => CHANNELS.filter((name) => tracingChannel(name).hasSubscribers);

describe("OpenTelemetry metrics", () => {
  for (const sync of [true, false]) {
    it(`count loads and commits by outcome, on a store that answers ${sync ? "at once" : "later"}`, async (test) => {
      const { app, kept } = await measured(test, { sync });
      await app.act(set({ cart: 1 }));
      await app.act((session) => session);
      await app.act(async (session) => {
        session.cart = 2;
        await meanwhile(app, set({ seen: true }));
      });
      app.clock.advance("31m");
      await app.act((session) => session);
      const loads = await kept.counts("holdfast.session.loads");
      assert.deepEqual(loads, { hit: 3, miss: 1 });
      assert.deepEqual(await kept.counts("holdfast.session.commits"), { created: 1, saved: 1, merged: 1 });
    });
  }

  it("count events by name", async (test) => {
    const { app, kept } = await measured(test);
    await app.agent.signIn("anna");
    await app.act((session) => session, { by: browserWith(app, "forged") });
    await app.act((session) => session, { by: browserWith(app, "forged again") });
    await app.act((session) => session.signOut());
    const events: Record<string, number> = {};
    for (const type of app.takeEvents()) events[type] = (events[type] ?? 0) + 1;
    assert.equal(events.session_forged, 2);
    assert.deepEqual(await kept.counts("holdfast.session.events"), events);
  });

  it("time the store's operations in seconds, failures with their code", async (test) => {
    const { app, store, kept } = await measured(test, { storeTimeout: 30 });
    await app.agent.signIn("anna");
    const read = store.hold("read");
    assert.equal((await app.act((session) => session)).status, 503);
    read.release();
    const durations = (await kept.collect()).filter(
      ({ name }) => name === "holdfast.store.operation.duration",
    );
    assert.deepEqual(new Set(durations.map(({ unit }) => unit)), new Set(["s"]));
    const byOperation = durations.map(({ attributes, value }) => {
      assert.ok(typeof value === "object");
      const type = attributes["error.type"];
      const least = type === undefined ? 0 : 0.025;
      assert.ok(value.sum !== undefined && value.sum >= least && value.sum < 3, `${value.sum} s`);
      return [attributes["holdfast.store.operation"], type, value.count];
    });
    assert.deepEqual(byOperation, [
      ["userGeneration", undefined, 1],
      // For session_sign_in, since somebody listens to every event.
      ["listUser", undefined, 1],
      ["create", undefined, 1],
      ["read", "ERR_HOLDFAST_STORE_UNAVAILABLE", 1],
      // The collection's own.
      ["countByKey", undefined, 1],
    ]);
  });

  it("observe how many sessions are live, by asking the store once for each collection", async (test) => {
    const { app, store, kept } = await measured(test);
    assert.deepEqual(store.calls, []);
    for (const user of ["anna", "bert", "carl"]) await app.agent.newBrowser().signIn(user);
    const live = { name: "holdfast.session.count", unit: "{session}", attributes: {} };
    const counted = async (): Promise<unknown> =>
      (await kept.collect()).find(({ name }) => name === live.name);
    assert.deepEqual(await counted(), { ...live, value: 3 });
    await app.sessions.revokeUser("bert");
    assert.deepEqual(await counted(), { ...live, value: 2 });
    const asked = (): number => store.calls.filter((name) => name === "countByKey").length;
    assert.equal(asked(), 2);
    assert.deepEqual(await Promise.all([counted(), counted()]), Array(2).fill({ ...live, value: 2 }));
    assert.equal(asked(), 3, "two collections at the same time");
  });

  it("observe no number while the store cannot count, and one again when it can", async (test) => {
    const { app, store, kept } = await measured(test);
    const counted = async (): Promise<unknown[]> =>
      (await kept.collect())
        .filter(({ name }) => name === "holdfast.session.count")
        .map(({ value }) => value);
    store.fail("countByKey", new Error("disk trouble"));
    assert.deepEqual(await counted(), []);
    assert.deepEqual(app.takeEvents(), ["store_error"]);
    store.fail("countByKey", undefined);
    assert.deepEqual(await counted(), [0]);
  });

  it("leave the store alone with liveSessions: false", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store });
    const kept = keepMetrics(test, app.sessions, { liveSessions: false });
    assert.deepEqual([await kept.collect(), store.calls], [[], []]);
  });

  it("have attributes from fixed lists only: nothing of a session, a user or a client", async (test) => {
    const kept: Metrics[] = [];
    const life = await eventfulLife(test, {
      secret: strongSecret(),
      prepare: (_app, sessions) => kept.push(keepMetrics(test, sessions)),
    });
    const series = (await Promise.all(kept.map((one) => one.collect()))).flat();
    const allowed: Record<string, readonly unknown[]> = {
      "holdfast.load.outcome": ["hit", "miss", "locked", "replayed", "unreadable", "duplicate", "failed"],
      "holdfast.commit.outcome": [
        ...["created", "saved", "merged", "overtaken", "user_changed", "dropped", "failed"],
      ],
      "holdfast.event.name": life.events.map(({ type }) => type),
      "holdfast.store.operation": [...Object.keys(new WatchedStore()), "legacy_read", "legacy_end"],
      "error.type": ["ERR_HOLDFAST_STORE_UNAVAILABLE", "ERR_HOLDFAST_OVERLOADED"],
    };
    assert.ok(series.length > 30);
    for (const { name, attributes } of series) {
      for (const [key, value] of Object.entries(attributes)) {
        assert.ok(allowed[key]?.includes(value), `${name}: ${key} is ${value}`);
      }
    }
  });

  it("are those of their own sessions, where a process has several", async (test) => {
    const [one, two] = [await measured(test), await measured(test)];
    await one.app.act(set({ a: 1 }));
    assert.deepEqual(await one.kept.counts("holdfast.session.commits"), { created: 1 });
    assert.deepEqual(await two.kept.counts("holdfast.session.commits"), {});
  });

  it("end with stop(): nobody listens any more, and the store is not asked", async (test) => {
    const { app, store, kept } = await measured(test);
    assert.deepEqual(subscribed(), CHANNELS);
    kept.metrics.stop();
    kept.metrics[Symbol.dispose]();
    assert.deepEqual(subscribed(), []);
    await app.act(set({ a: 1 }));
    assert.deepEqual(await kept.collect(), []);
    assert.equal(store.calls.includes("countByKey"), false);
  });

  it("disturb no request where the meter throws; a warning tells", async (test) => {
    const meter = new MeterProvider().getMeter("test");
    const broken = (): { add: () => never; record: () => never } => {
      const fail = (): never => {
        throw new Error("no room for metrics");
      };
      return { add: fail, record: fail };
    };
    const throwing = new Proxy(meter, {
      get: (target, name) =>
        name === "createCounter" || name === "createHistogram" ? broken : Reflect.get(target, name),
    });
    const app = await sessionApp(test);
    const metrics = openTelemetryMetrics(app.sessions, { meter: throwing });
    test.after(() => metrics.stop());
    assert.equal((await app.act(set({ a: 1 }))).status, 200);
    assert.deepEqual(await app.data(), { a: 1 });
    assert.deepEqual(app.warnings.slice(0, 1), [
      "Metrics of sessions could not be kept: Error: no room for metrics",
    ]);
  });

  it("refuse what is no meter, an option they do not know, and what session() did not return", async (test) => {
    const { sessions } = await sessionApp(test);
    const meter = new MeterProvider().getMeter("test");
    const attempts: readonly (readonly [code: string, attempt: () => unknown])[] = [
      ["ERR_HOLDFAST_OPTION", () => openTelemetryMetrics(sessions, { meter: {} as Meter })],
      [
        "ERR_HOLDFAST_OPTION",
        () => openTelemetryMetrics(sessions, { meter: { createCounter: () => undefined } as never }),
      ],
      ["ERR_HOLDFAST_OPTION", () => openTelemetryMetrics(sessions, { meter, liveSessions: "no" as never })],
      ["ERR_HOLDFAST_OPTION", () => openTelemetryMetrics(sessions, undefined as never)],
      ["ERR_HOLDFAST_OPTION", () => openTelemetryMetrics((() => undefined) as never, { meter })],
      ["ERR_HOLDFAST_OPTION_UNKNOWN", () => openTelemetryMetrics(sessions, { meter, live: true } as never)],
    ];
    for (const [code, attempt] of attempts) {
      assert.equal(await codeOf((async () => attempt())()), code);
      assert.deepEqual(subscribed(), []);
    }
  });
});
