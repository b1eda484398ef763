/**
 * A process full of sessions, which measures when it is told to.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { setTimeout as delay } from "node:timers/promises";
import { attend } from "../asked-process.ts";
import { serve } from "../carriers.ts";
import { cost, drive } from "../drive.ts";
import { ask, type RequestLine, type Respond } from "../exchange.ts";
import { bareHandler, handlerOf } from "../handlers.ts";
import { PROFILE_BYTES, profileOf, userName } from "../profile.ts";
import { scenarioOf } from "../scenarios.ts";
import { taskOf } from "../task-process.ts";
import type { Answer, Filled, GrowthTask, Order } from "./protocol.ts";
import { signIn, subjectOf } from "./subjects.ts";

/** How many sessions are used, spread over all. */
const SAMPLE = 1_000;
const WARM_UP = 3_000;
const REQUESTS = 1_000;

const { library, sessions } = taskOf<GrowthTask>();
const subject = subjectOf(library);
const never = (): never => assert.fail("this ends no session");
const handlers = {
  read: serve(handlerOf(scenarioOf("read"), { end: never }), subject.middleware),
  write: serve(handlerOf(scenarioOf("write"), { end: never }), subject.middleware),
};

// All code that signs in has run before memory is first looked at.
await subject.fill(10_000_000, 10_000_000 + WARM_UP);
await signIn(subject, 20_000_000);
const before = memory();
const cookies = await fill();
const after = memory();
const filled: Filled = {
  heap: (after.heap - before.heap) / sessions,
  rss: (after.rss - before.rss) / sessions,
};
const line = (index: number): RequestLine => ({
  method: "GET",
  url: "/",
  cookie: cookies[(index * 7) % cookies.length],
});
await check(handlers.read);
for (const respond of Object.values(handlers))
  for (let i = 0; i < 6; i++) await drive(REQUESTS, line, respond);
attend<Order, Answer, Filled>(filled, answer, async () => {});

/** Fills the store, and returns the cookies of sessions from all over it. */
async function fill(): Promise<string[]> {
  const step = Math.max(1, Math.floor(sessions / SAMPLE));
  const known: string[] = [];
  for (let from = 0; from < sessions; from += step) {
    known.push(await signIn(subject, from));
    await subject.fill(from + 1, Math.min(sessions, from + step));
  }
  return known;
}

async function check(respond: Respond): Promise<void> {
  const reply = await ask(line(0), respond);
  assert.equal(reply.body, profileOf(userName(0)).name, `${library}: the session is not there`);
}

async function answer(order: Order): Promise<Answer> {
  if (order.type === "cost") {
    const bare = bareHandler(scenarioOf(order.scenario), PROFILE_BYTES);
    const base = await cost(REQUESTS, line, bare);
    return (await cost(REQUESTS, line, handlers[order.scenario])) - base;
  }
  if (order.type === "pause") return pause();
  await subject.expire();
  // The system takes back what is free in its own time.
  collect();
  await delay(1_000);
  return Math.max(0, memory().rss - before.rss) / Math.max(1, after.rss - before.rss);
}

/** How long a full collection stops the process, in milliseconds. */
function pause(): number {
  const began = performance.now();
  collect();
  return performance.now() - began;
}

function memory(): { heap: number; rss: number } {
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

function collect(): void {
  if (globalThis.gc === undefined) throw new Error("run with --expose-gc");
  globalThis.gc();
}
