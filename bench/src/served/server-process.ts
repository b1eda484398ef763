/**
 * What a server's process says to the measuring one: how much processor time it has used and how late its event loop was.
 *
 * @module
 */
import { once } from "node:events";
import type { Server } from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { attend } from "../asked-process.ts";
import type { Listening, Order, Used } from "./protocol.ts";

/**
 * Lets a server listen and answers orders; it closes when the measuring process lets go.
 *
 * @param close - what there is to close beside it
 */
export async function listenAndReport(server: Server, close: () => Promise<void>): Promise<void> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let before = process.cpuUsage();
  const used = (order: Order): Used => {
    // Each slice pays for collecting its own garbage.
    globalThis.gc?.({ type: "minor" });
    const { user, system } = process.cpuUsage(before);
    delay.disable();
    const answer = { cpu: user + system, delay: delay.percentile(99) / 1e6 };
    if (order.type === "begin") {
      // What survives one collection is still young; a second moves it out.
      globalThis.gc?.({ type: "minor" });
      delay.reset();
      if (order.watch) delay.enable();
      before = process.cpuUsage();
    }
    return answer;
  };
  attend<Order, Used, Listening>({ port: address.port, version: process.version }, used, async () => {
    server.close();
    server.closeAllConnections();
    await close();
  });
}
