import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import type { Response } from "express";
import type { SessionEvent } from "holdfast";
import type { NumberedEvent } from "../../src/operator/event-feed.ts";
import { EventStream } from "../../src/operator/event-stream.ts";

/** As much of a reply as a stream uses. */
class Reply extends EventEmitter {
  text = "";
  headers: Record<string, string> = {};
  writableLength = 0;
  finished = false;
  destroyed = false;

  set(headers: Record<string, string>): this {
    this.headers = headers;
    return this;
  }
  flushHeaders(): void {}
  write(text: string): void {
    assert.equal(this.finished, false, "written after the end");
    this.text += text;
  }
  end(text = ""): void {
    this.write(text);
    this.finished = true;
  }
  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a stream of events", () => {
  const open = (allowed: () => Promise<boolean>) => {
    const reply = new Reply();
    let ended = 0;
    const stream = new EventStream(reply as unknown as Response, {
      allowed,
      text: ({ id }) => `event ${id}`,
      ended: () => void ended++,
    });
    let id = 0;
    const note = (type: SessionEvent["type"]): void =>
      stream.note({ id: ++id, event: { type, at: "" } } as NumberedEvent);
    return { reply, stream, note, ended: () => ended };
  };

  it("sends each event with its number, and a sign of life at each look", async () => {
    const { reply, stream, note } = open(async () => true);
    assert.equal(reply.headers["Content-Type"], "text/event-stream");
    note("session_created");
    assert.equal(reply.text, "id: 1\ndata: event 1\n\n");
    await stream.look();
    assert.equal(reply.text, "id: 1\ndata: event 1\n\n:\n\n");
    stream.close();
  });

  it("holds events back from the moment a session ends until its own is known to live, in order", async () => {
    let answer = (_live: boolean): void => {};
    const { reply, note, stream } = open(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    note("session_revoked");
    note("session_created");
    assert.equal(reply.text, "");
    answer(true);
    await turn();
    // More has ended or begun since that look began, so it looks again.
    assert.equal(reply.text, "");
    answer(true);
    await turn();
    assert.equal(reply.text, ":\n\nid: 1\ndata: event 1\n\nid: 2\ndata: event 2\n\n");
    stream.close();
  });

  it("ends with its session, says so, and sends nothing of what came meanwhile or later", async () => {
    let live = true;
    const { reply, note, ended } = open(async () => live);
    live = false;
    note("session_logout");
    note("session_forged");
    await turn();
    note("session_created");
    assert.equal(reply.text, "event: ended\ndata:\n\n");
    assert.equal(reply.finished, true);
    assert.equal(ended(), 1);
  });

  it("ends without a word where it cannot be known, so that the browser asks again", async () => {
    const { reply, note, ended } = open(async () => {
      throw new Error("the store is away");
    });
    note("session_expired");
    await turn();
    assert.deepEqual([reply.text, reply.finished, ended()], ["", true, 1]);
  });

  it("gives up a browser that has stopped reading, and one that has gone", () => {
    const slow = open(async () => true);
    slow.reply.writableLength = 1024 * 1024;
    slow.note("session_created");
    assert.deepEqual([slow.reply.destroyed, slow.reply.text, slow.ended()], [true, "", 1]);
    const gone = open(async () => true);
    gone.reply.emit("close");
    gone.note("session_created");
    assert.deepEqual([gone.reply.text, gone.ended()], ["", 1]);
  });

  it("looks by itself, again and again", async (test) => {
    test.mock.timers.enable({ apis: ["setInterval"] });
    let looks = 0;
    const { reply, stream } = open(async () => ++looks < 3);
    test.mock.timers.tick(15_000);
    await turn();
    test.mock.timers.tick(15_000);
    await turn();
    assert.deepEqual([looks, reply.finished], [2, false]);
    test.mock.timers.tick(15_000);
    await turn();
    assert.equal(reply.finished, true);
    stream.close();
  });
});
