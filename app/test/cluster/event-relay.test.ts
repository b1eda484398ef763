import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EventRelay } from "../../src/cluster/event-relay.ts";
import type { NumberedEvent } from "../../src/operator/event-bus.ts";
import { KEPT_EVENTS } from "../../src/operator/event-feed.ts";

const EVENT = { type: "session_created", at: "2026-01-01T00:00:00.000Z" } as const;

const newWorker = () => {
  const heard: number[] = [];
  const tell = ({ events }: { readonly events: readonly NumberedEvent[] }): void => {
    heard.push(...events.map(({ id }) => id));
  };
  return { heard, tell };
};

describe("the relay of events", () => {
  it("passes each event to all workers, the one it came from included, under one number", () => {
    const relay = new EventRelay();
    const workers = [newWorker(), newWorker()];
    for (const worker of workers) relay.join(worker);
    for (let i = 0; i < 3; i++) relay.publish(EVENT);
    for (const { heard } of workers) assert.deepEqual(heard, [1, 2, 3]);
  });

  it("tells a worker that comes later what has happened, as far back as an operator can look", () => {
    const relay = new EventRelay();
    for (let i = 0; i < KEPT_EVENTS + 5; i++) relay.publish(EVENT);
    const late = newWorker();
    relay.join(late);
    relay.publish(EVENT);
    assert.equal(late.heard[0], 6);
    assert.equal(late.heard.at(-1), KEPT_EVENTS + 6);
    assert.equal(late.heard.length, KEPT_EVENTS + 1);
  });

  it("tells a worker that has left nothing more", () => {
    const relay = new EventRelay();
    const worker = newWorker();
    relay.join(worker);
    relay.leave(worker);
    relay.publish(EVENT);
    assert.deepEqual(worker.heard, []);
  });
});
