/**
 * A server in a process of its own, which says how much processor time it has used and how late its event loop was.
 *
 * @module
 */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { attend } from "../asked-process.ts";
import type { Contender, Place } from "../contenders/contender.ts";
import { expressSession } from "../contenders/express-session.ts";
import { holdfast } from "../contenders/holdfast.ts";
import { taskOf } from "../task-process.ts";
import { SECRET } from "../trial.ts";
import { createApp } from "./app.ts";
import type { Listening, Order, ServerTask, Used } from "./protocol.ts";

const task = taskOf<ServerTask>();
const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
const library = await libraryOf(task, { secret: SECRET, folder, redis: task.redis });
const server = createApp(library).listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;

const delay = monitorEventLoopDelay({ resolution: 1 });
let before = process.cpuUsage();
attend<Order, Used, Listening>({ port, version: process.version }, used, close);

function used(order: Order): Used {
  // Each slice pays for collecting its own garbage.
  globalThis.gc?.({ type: "minor" });
  const { user, system } = process.cpuUsage(before);
  delay.disable();
  const answer = { cpu: user + system, delay: delay.percentile(99) / 1e6 };
  if (order.type === "begin") {
    delay.reset();
    if (order.watch) delay.enable();
    before = process.cpuUsage();
  }
  return answer;
}

async function close(): Promise<void> {
  server.close();
  server.closeAllConnections();
  await library?.close();
  rmSync(folder, { recursive: true, force: true });
}

async function libraryOf({ library, store }: ServerTask, place: Place): Promise<Contender | undefined> {
  if (library === "bare") return undefined;
  if (library === "Holdfast") return holdfast(store, place);
  return expressSession(store === "memory" ? "MemoryStore" : "connect-redis", place);
}
