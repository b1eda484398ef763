import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { session } from "holdfast";
import { signInForTest } from "holdfast/testing";
import { EventFeed, KEPT_EVENTS, type NumberedEvent } from "../../src/operator/event-feed.ts";

describe("the feed of events", () => {
  const newFeed = () => {
    const sessions = session({ secret: "kJ2v-9Xq_4mTz7Wc1Rb8Ny5Lp3Hs6Gd0Fa" });
    const feed = new EventFeed(sessions);
    const noted: number[] = [];
    let closed = 0;
    const onlooker = { note: ({ id }: NumberedEvent) => void noted.push(id), close: () => void closed++ };
    /** Two events each. */
    const happen = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) {
        await signInForTest(sessions, "anna");
        await sessions.revokeUser("anna");
      }
    };
    return { feed, sessions, noted, onlooker, happen, closed: () => closed };
  };

  it("keeps the latest, numbered, and no more of them than it says", async () => {
    const { feed, happen } = newFeed();
    await happen(KEPT_EVENTS);
    const kept = feed.after(0);
    assert.equal(kept.length, KEPT_EVENTS);
    const last = kept.at(-1)?.id ?? 0;
    assert.ok(last > KEPT_EVENTS);
    assert.deepEqual(
      kept.map(({ id }) => id),
      Array.from({ length: KEPT_EVENTS }, (_, index) => last - KEPT_EVENTS + 1 + index),
    );
    assert.deepEqual(
      feed.after(last - 2).map(({ id }) => id),
      [last - 1, last],
    );
    assert.equal(feed.after(last).length, 0);
    assert.equal(feed.after(last + 1).length, KEPT_EVENTS, "a number of another process's life");
  });

  it("tells onlookers until they leave or it closes", async () => {
    const { feed, noted, onlooker, happen, closed, sessions } = newFeed();
    const leave = feed.join(onlooker);
    await happen(1);
    const before = noted.length;
    assert.ok(before >= 2);
    leave();
    await happen(1);
    assert.equal(noted.length, before);
    feed.join(onlooker);
    assert.equal(feed.onlookers, 1);
    feed.close();
    assert.equal(closed(), 1);
    await happen(1);
    assert.equal(noted.length, before);
    feed.join(onlooker);
    assert.equal(closed(), 2, "whoever comes later is sent away");
    assert.equal(feed.onlookers, 0);
    await sessions.close();
  });
});
