/**
 * Sends many requests, so many at a time, and measures the processor time they take.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { exchange, type RequestLine, type Respond } from "./exchange.ts";
import { Wire } from "./wire.ts";

export const IN_FLIGHT = 16;

/** What libraries do shortly after their replies is done by then. */
const SETTLED_MS = 3;

const wires: Wire[] = [];

/** Sends `count` requests, `inFlight` at a time. New ones arrive once per turn of the event loop, as from a network. */
export function drive(
  count: number,
  line: (index: number) => RequestLine,
  respond: Respond,
  inFlight: number = IN_FLIGHT,
): Promise<void> {
  if (count === 0) return Promise.resolve();
  while (wires.length < inFlight) wires.push(new Wire());
  return new Promise((resolve) => {
    const free = wires.slice(0, inFlight);
    let sent = 0;
    let answered = 0;
    let arriving = false;
    const arrive = (): void => {
      arriving = false;
      for (let wire = free.pop(); wire !== undefined; wire = free.pop()) {
        if (sent === count) return;
        send(wire, line(sent++));
      }
    };
    const send = (wire: Wire, request: RequestLine): void => {
      exchange(wire, request, respond, () => {
        free.push(wire);
        answered += 1;
        if (answered === count) delay(SETTLED_MS).then(resolve);
        else if (!arriving) {
          arriving = true;
          setImmediate(arrive);
        }
      });
    };
    arrive();
  });
}

/**
 * Processor time of the whole process, garbage collection and all threads included, in microseconds per request. What
 * servers do in processes of their own is not in it.
 *
 * Each slice starts with an empty young generation and pays for collecting its own, so that nobody is charged for the
 * garbage of the one before.
 */
export async function cost(
  count: number,
  line: (index: number) => RequestLine,
  respond: Respond,
  inFlight: number = IN_FLIGHT,
): Promise<number> {
  // What survives one collection is still young; a second moves it out.
  collectYoung();
  collectYoung();
  const before = process.cpuUsage();
  await drive(count, line, respond, inFlight);
  collectYoung();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

function collectYoung(): void {
  if (globalThis.gc === undefined) throw new Error("run with --expose-gc");
  globalThis.gc({ type: "minor" });
}
