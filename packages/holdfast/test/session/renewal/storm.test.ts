import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryStore } from "../../../src/store/memory.ts";
import { SqliteStore } from "../../../src/store/sqlite.ts";
import type { TestAgent } from "../../../src/testing/index.ts";
import { databaseFor } from "../../store/databases.ts";
import { MINUTE } from "../../support/renewals.ts";
import {
  browserWith,
  cookieOf,
  NAME,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../../support/session-app.ts";
import { WatchedStore } from "../../support/watched-store.ts";

// One innocent browser (one jar), bursts of parallel requests over two processes, replies lost and late: it must never be
// signed out, raise no alarm and lose no acknowledged write.
function rng(seed: number): () => number {
  let x = seed;
  return () => {
    x = (x * 1664525 + 1013904223) % 4294967296;
    return x / 4294967296;
  };
}

const SEEDS = 4;

for (const kind of ["memory", "sqlite", "network"] as const) {
  for (const keys of ["same", "both orders"] as const) {
    describe(`storm with a persistent cookie on ${kind}, keys ${keys}`, () => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        it(`seed ${seed}`, async (test) => {
          const random = rng(seed * 7919 + (keys === "same" ? 0 : 31));
          const [a, b] = [strongSecret(), strongSecret()];
          const path = databaseFor(test);
          const shared = new MemoryStore();
          const pause = async (): Promise<void> => {
            const n = Math.floor(random() * 6);
            for (let i = 0; i < n; i++) await new Promise((resolve) => setImmediate(resolve));
          };
          const store = () =>
            kind === "sqlite"
              ? new SqliteStore(path)
              : kind === "memory"
                ? shared
                : new WatchedStore({ inner: shared, sync: false, pause });
          const renew = "2m";
          const cookie = { maxAge: "30m" } as const;
          const one = await sessionApp(test, {
            store: store(),
            secret: [a, b],
            renew,
            cookie,
            onSuperseded: "fail",
          });
          const two = await sessionApp(test, {
            store: store(),
            secret: keys === "same" ? [a, b] : [b, a],
            renew,
            cookie,
            onSuperseded: "fail",
            clock: one.clock,
          });
          await one.agent.signIn("anna");
          const jar = { value: cookieOf(one.agent) };
          let count = 0;
          const wanted = new Set<string>();
          const fire = async (): Promise<void> => {
            const app: SessionApp = random() < 0.5 ? one : two;
            const by: TestAgent = browserWith(app, jar.value);
            const key = `k${count++}`;
            const what = Math.floor(random() * 7);
            const lost = random() < 0.2;
            const wait = random() < 0.3;
            const reply = await app.act(
              async (session) => {
                assert.equal(session.userId, "anna", `request ${key} opened anonymous`);
                if (wait) await pause();
                if (what === 0) session[key] = 1;
                if (what === 1) await session.update(set({ [key]: 1 }));
                if (what === 2) {
                  session[key] = 1;
                  await session.save();
                }
                if (what === 3) {
                  await session.pend(key.slice(0, 3), 1, "1m").catch(() => undefined);
                  session[key] = 1;
                }
                if (what === 4) session.touch();
                if (what === 5) await session.reload();
                if (wait) await pause();
              },
              { by },
            );
            assert.equal(reply.status, 200, reply.text);
            if (what < 4) wanted.add(key);
            if (!lost) {
              const mine = reply.setCookie.find((it) => it.startsWith(`${NAME}=`));
              if (mine !== undefined) jar.value = mine.slice(NAME.length + 1).split(";", 1)[0] ?? "";
            }
          };
          for (let burst = 0; burst < 12; burst++) {
            const running: Promise<void>[] = [];
            const n = 1 + Math.floor(random() * 8);
            for (let i = 0; i < n; i++) {
              running.push(fire());
              if (random() < 0.3) await running[Math.floor(random() * running.length)];
              if (random() < 0.2) await one.clock.advance(Math.floor(random() * 4000));
            }
            await Promise.all(running);
            if (random() < 0.5) await one.clock.advance(Math.floor(random() * 3 * MINUTE));
            if (random() < 0.3) {
              await browserWith(one, jar.value).get("/plain");
              await one.settle();
            }
          }
          const data = await two.data(browserWith(two, jar.value));
          const events = [...one.events, ...two.events].map(({ type }) => type);
          assert.equal(data.userId, "anna", events.join());
          for (const key of wanted) assert.equal(data[key], 1, `lost ${key}`);
          for (const bad of [
            "session_replayed",
            "session_unreadable",
            "session_forged",
            "session_write_dropped",
          ]) {
            assert.ok(!events.includes(bad as never), `${bad}: ${events.join()}`);
          }
        });
      }
    });
  }
}
