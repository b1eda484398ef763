/**
 * The process that fills one store with so many sessions, or joins another that has, and measures when it is told to.
 *
 * @module
 */
import { taskOf } from "../task-process.ts";
import {
  addBusyUsers,
  type Cost,
  create,
  measure,
  type OperationName,
  type Part,
  Sample,
} from "./operations.ts";
import { memorySubject } from "./subjects/memory.ts";
import { postgresSubject } from "./subjects/postgres.ts";
import { redisClusterSubject, redisSubject } from "./subjects/redis.ts";
import { sqliteSubject } from "./subjects/sqlite.ts";
import type { StoreName, Subject } from "./subjects/subject.ts";

/** What the parent asks for at first. */
export interface Task {
  readonly store: StoreName;
  readonly sessions: number;
  /** Another child's store, to be joined. */
  readonly address: string | undefined;
  readonly part: Part;
}

/** What the parent asks for later: an operation, or the end. */
export type Order =
  | { readonly type: "measure"; readonly operation: OperationName; readonly count: number }
  | { readonly type: "server-time" }
  | { readonly type: "end" };

export type News =
  | { readonly type: "filled"; readonly done: number }
  | { readonly type: "ready"; readonly bytes: number; readonly address: string | undefined }
  | { readonly type: "cost"; readonly cost: Cost }
  | { readonly type: "server-time"; readonly servers: readonly number[] };

const IN_FLIGHT = 64;
const LISTS = [1, 10, 100];

const tell = (news: News): void => void process.send?.(news);

async function fill(subject: Subject, sessions: number): Promise<number> {
  const empty = await subject.bytes();
  const progress = (done: number): void => {
    if (done % 5_000 === 0) tell({ type: "filled", done });
  };
  if (subject.fill) await subject.fill(sessions, progress);
  else {
    let started = 0;
    let done = 0;
    const lane = async (): Promise<void> => {
      while (started < sessions) {
        const index = started++;
        await create(subject, index, index);
        progress(++done);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  }
  return (await subject.bytes()) - empty;
}

function open({ store, address }: Task): Promise<Subject> {
  switch (store) {
    case "memory":
      return memorySubject();
    case "sqlite":
      return sqliteSubject(address);
    case "redis":
      return redisSubject(address);
    case "redis-cluster":
      return redisClusterSubject(address);
    case "postgres":
      return postgresSubject(address);
  }
}

const task = taskOf<Task>();
const subject = await open(task);
let bytes = 0;
if (task.address === undefined) {
  bytes = await fill(subject, task.sessions);
  for (const sessions of LISTS) await addBusyUsers(subject, sessions);
}
const sample = await Sample.of(subject, task.sessions, task.part);

process.on("message", async (order: Order) => {
  if (order.type === "end") {
    await subject.close();
    process.disconnect();
  } else if (order.type === "server-time") {
    tell({ type: "server-time", servers: await subject.serverTime() });
  } else {
    tell({ type: "cost", cost: await measure(subject, sample, order.operation, task.sessions, order.count) });
  }
});
tell({ type: "ready", bytes, address: subject.address });
