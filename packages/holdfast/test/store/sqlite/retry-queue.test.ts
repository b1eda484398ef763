import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RetryQueue } from "../../../src/store/sqlite/retry-queue.ts";

/** A queue with a deadline of a second, on a clock that the test moves. */
function newQueue() {
  let time = 0;
  let pending: { at: number; wake: () => void } | undefined;
  const pauses: number[] = [];
  const queue = new RetryQueue(
    {
      deadline: 1_000,
      retryable: (error) => error instanceof Locked,
      failure: (error) =>
        error instanceof Locked ? new Error("gave up", { cause: error }) : (error as Error),
    },
    {
      now: () => time,
      random: () => 0,
      later: (wake, ms) => {
        const timer = { at: time + ms, wake };
        pauses.push(ms);
        pending = timer;
        return () => {
          if (pending === timer) pending = undefined;
        };
      },
    },
  );
  const next = (): boolean => {
    if (pending === undefined) return false;
    const { at, wake } = pending;
    pending = undefined;
    time = at;
    wake();
    return true;
  };
  return { queue, pauses, next, time: () => time, isAsleep: () => pending !== undefined };
}

class Locked extends Error {}

/** Work that fails while `lock.held` and counts its attempts. */
function work<T>(lock: { held: boolean; attempts: number }, result: T): () => T {
  return () => {
    lock.attempts += 1;
    if (lock.held) throw new Locked();
    return result;
  };
}

describe("a retry queue", () => {
  it("answers at once, without a promise, while nothing is locked", () => {
    const { queue, isAsleep } = newQueue();
    assert.equal(
      queue.run(() => 7),
      7,
    );
    assert.equal(isAsleep(), false);
  });

  it("throws what is no lock at once, as the policy words it", () => {
    const { queue, isAsleep } = newQueue();
    const error = new Error("disk");
    const broken = () => {
      throw error;
    };
    assert.throws(() => queue.run(broken), error);
    assert.equal(isAsleep(), false);
  });

  it("answers in order once the lock is gone, and asks for one operation only while it is held", async () => {
    const { queue, next } = newQueue();
    const lock = { held: true, attempts: 0 };
    const order: number[] = [];
    const answers = Array.from({ length: 200 }, (_, index) =>
      queue.run(() => {
        const result = work(lock, index)();
        order.push(index);
        return result;
      }),
    );
    for (let wakes = 0; wakes < 5; wakes++) next();
    assert.equal(lock.attempts, 6);
    lock.held = false;
    while (next());
    assert.deepEqual(await Promise.all(answers), order);
    assert.deepEqual(
      order,
      Array.from({ length: 200 }, (_, index) => index),
    );
    assert.equal(queue.run(work(lock, "free")), "free");
  });

  it("lets later operations wait behind the first, even if the lock has gone meanwhile", async () => {
    const { queue, next } = newQueue();
    const lock = { held: true, attempts: 0 };
    const first = queue.run(work(lock, "first"));
    lock.held = false;
    const second = queue.run(work(lock, "second"));
    assert.ok(second instanceof Promise);
    assert.equal(lock.attempts, 1);
    next();
    assert.deepEqual(await Promise.all([first, second]), ["first", "second"]);
  });

  it("asks less and less often, at most ten times a second", () => {
    const { queue, next, pauses } = newQueue();
    const lock = { held: true, attempts: 0 };
    void Promise.resolve(queue.run(work(lock, 0))).catch(() => {});
    for (let wakes = 0; wakes < 7; wakes++) next();
    // With the least of chances: half of 5, 10, 20, 40, 80 and then 100 milliseconds.
    assert.deepEqual(pauses, [2.5, 5, 10, 20, 40, 50, 50, 50]);
  });

  it("gives up at the deadline, with the last error as the cause", async () => {
    const { queue, next, time, isAsleep } = newQueue();
    const lock = { held: true, attempts: 0 };
    const answer = Promise.resolve(queue.run(work(lock, 0)));
    const rejected = assert.rejects(
      answer,
      (error: Error) => error.message === "gave up" && error.cause instanceof Locked,
    );
    while (next());
    await rejected;
    assert.equal(time(), 1_000);
    assert.equal(isAsleep(), false);
  });

  it("gives each operation its own time", async () => {
    const { queue, next, time } = newQueue();
    const lock = { held: true, attempts: 0 };
    const first = assert.rejects(Promise.resolve(queue.run(work(lock, 1))));
    while (time() < 500) next();
    const second = Promise.resolve(queue.run(work(lock, 2)));
    while (time() < 1_200) next();
    await first;
    lock.held = false;
    next();
    assert.equal(await second, 2);
  });

  it("goes on with the others when one fails for another reason", async () => {
    const { queue, next } = newQueue();
    const lock = { held: true, attempts: 0 };
    const first = queue.run(work(lock, "first"));
    const broken = queue.run(() => {
      throw new Error("disk");
    });
    const last = queue.run(work(lock, "last"));
    const rejected = assert.rejects(Promise.resolve(broken), /disk/);
    lock.held = false;
    next();
    await rejected;
    assert.deepEqual(await Promise.all([first, last]), ["first", "last"]);
  });

  it("rejects all that waits when it is closed, and sets no timer any more", async () => {
    const { queue, isAsleep } = newQueue();
    const lock = { held: true, attempts: 0 };
    const answers = [queue.run(work(lock, 1)), queue.run(work(lock, 2))];
    const rejected = answers.map((answer) => assert.rejects(Promise.resolve(answer), /closed/));
    queue.close(new Error("closed"));
    await Promise.all(rejected);
    assert.equal(isAsleep(), false);
  });
});
