/**
 * A server on Express in a process of its own.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Contender, Place } from "../contenders/contender.ts";
import { expressSession } from "../contenders/express-session.ts";
import { holdfast } from "../contenders/holdfast.ts";
import { listenAndReport } from "../served/server-process.ts";
import { taskOf } from "../task-process.ts";
import { SECRET } from "../trial.ts";
import { createApp } from "./app.ts";
import type { ServerTask } from "./tasks.ts";

const task = taskOf<ServerTask>();
const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
const library = await libraryOf(task, { secret: SECRET, folder, redis: task.redis });
await listenAndReport(createServer(createApp(library)), async () => {
  await library?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function libraryOf({ library, store }: ServerTask, place: Place): Promise<Contender | undefined> {
  if (library === "bare") return undefined;
  if (library === "Holdfast") return holdfast(store, place);
  return expressSession(store === "memory" ? "MemoryStore" : "connect-redis", place);
}
