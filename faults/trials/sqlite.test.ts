import { setTimeout as delay } from "node:timers/promises";
import Database from "libsql";
import type { AppProcess } from "../src/app/process.ts";
import { startSqlite } from "../src/engines/sqlite.ts";
import { describeSetup } from "../src/trial/describe-setup.ts";
import { clocks } from "../src/trial/network.ts";
import { FROZEN, TROUBLE } from "../src/trial/scale.ts";
import { until } from "../src/trial/until.ts";

describeSetup(
  "sqlite",
  { start: startSqlite, skip: false },
  {
    killed: {
      // The writer is the engine here: it ends in mid-write, and the other process goes on.
      noticed: false,
      scenario: async (_file, { deployment: { apps }, without }) => {
        for (const app of apps) {
          await without(app, async () => {
            await app.kill();
            await app.start();
          });
          await delay(TROUBLE / 5);
        }
      },
    },
    frozen: {
      noticed: true,
      scenario: async ({ path }, { deployment: { apps }, without }) => {
        for (const app of apps) {
          await without(app, async () => {
            await stopWhileWriting(app, path);
            await delay(FROZEN / 2);
            app.signal("SIGCONT");
          });
        }
      },
    },
    locked: {
      noticed: true,
      scenario: async ({ path }, { unavailable }) => {
        const other = new Database(path);
        other.exec("PRAGMA busy_timeout = 1000; BEGIN IMMEDIATE");
        await unavailable(20);
        await delay(TROUBLE);
        other.exec("COMMIT");
        other.close();
      },
    },
    full: {
      noticed: true,
      deployment: { store: ({ url }) => ({ url: url.replace("sqlite:", "sqlite+handle:") }) },
      scenario: async (_file, { deployment: { apps }, history }) => {
        for (const app of apps) app.makeFull(true);
        const isFull = () => history.operations.some(({ code }) => code === "ERR_HOLDFAST_STORE_FULL");
        await until("the store to be full", isFull);
        await delay(TROUBLE);
        for (const app of apps) app.makeFull(false);
      },
    },
    clocks,
  },
);

/** Stops a process at a moment at which it holds the file's lock. */
async function stopWhileWriting(app: AppProcess, path: string): Promise<void> {
  const probe = new Database(path);
  probe.exec("PRAGMA busy_timeout = 100");
  for (let locked = false; !locked; ) {
    await delay(Math.random() * 20);
    app.signal("SIGSTOP");
    try {
      probe.exec("BEGIN IMMEDIATE; ROLLBACK");
      app.signal("SIGCONT");
    } catch {
      locked = true;
    }
  }
  probe.close();
}
