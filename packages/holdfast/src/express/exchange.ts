/**
 * One request and its reply, with the sessions that hang on it: holds the reply back until they are saved, sets the
 * cookies, and turns a failed save into an error reply.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Awaitable, isPromise } from "../awaitable.ts";
import { breakOff } from "./break-off.ts";
import { refuse, statusOf } from "./refuse.ts";
import { byteLengthOf, contentLengthOf } from "./reply-body.ts";
import { captureHead, clearHead, takeHeaders } from "./reply-head.ts";

/** The part of a session that a reply needs. */
export interface ReplyParticipant {
  /** Another one on the same reply. */
  readonly outer: ReplyParticipant | undefined;
  /** Saves what changed; called before the first header, and again before the reply is complete. */
  commit(): Awaitable<void>;
  /** Puts the session's cookie, and what goes with it, on the reply. */
  writeHeaders(res: ServerResponse): void;
}

/** The functions of a response that send something. */
export interface ReplyFunctions {
  writeHead: ServerResponse["writeHead"];
  write: ServerResponse["write"];
  end: ServerResponse["end"];
  flushHeaders: ServerResponse["flushHeaders"];
}

export type ReplyFunctionName = keyof ReplyFunctions;

type Call = readonly [name: ReplyFunctionName, args: readonly unknown[]];

/**
 * - `open`: nothing sent, nothing decided
 * - `holding`: a save is under way; calls queue up
 * - `flowing`: saved, headers out; calls go through, the last one after another save
 * - `refused`: the save failed; whatever the app sends is dropped
 * - `over`: the reply is complete, or the save failed and an error reply is due; calls go through
 */
type Phase = "open" | "holding" | "flowing" | "refused" | "over";

const NO_CALLS: Call[] = [];

// Whoever waits for `res.write(chunk, done)` or `res.end(body, done)` must not wait for ever.
function tellCallback(args: readonly unknown[], error: unknown): void {
  const done = args.at(-1);
  if (typeof done === "function") process.nextTick(() => done(error));
}

export class Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Of the sessions on the request, the last one that came: every call that is intercepted names it anew. */
  innermost: ReplyParticipant | undefined = undefined;
  #phase: Phase = "open";
  #held: Call[] = NO_CALLS;
  #endHeld = false;
  /** Why the reply was refused. */
  #error: unknown = undefined;
  /** Bytes of the body still to come, where `Content-Length` tells. */
  #left: number | undefined = undefined;
  readonly #next: ((error: unknown) => void) | undefined;

  /** @param next - where an error may be handed to the app; `undefined` on bare `node:http` */
  constructor(req: IncomingMessage, res: ServerResponse, next: ((error: unknown) => void) | undefined) {
    this.req = req;
    this.res = res;
    this.#next = next;
  }

  /** A call of `res[name](...args)`; `original` is what it would have done without us. */
  intercept(original: ReplyFunctions, name: ReplyFunctionName, args: readonly unknown[]): unknown {
    switch (this.#phase) {
      case "open":
        return this.#open(original, name, args);
      case "holding":
        return this.#hold(name, args);
      case "flowing":
        if (!this.#completes(name, args)) return this.#send(original, name, args);
        // What changed since the headers went out must be saved, or the client must not see success.
        return this.#saveThenSend(original, name, args);
      case "refused":
        tellCallback(args, this.#error);
        return name === "write" ? true : name === "flushHeaders" ? undefined : this.res;
      case "over":
        return this.#send(original, name, args);
    }
  }

  /**
   * The same for a call that Node makes itself within one that went through, because the app first looked at its
   * session while the head was written, as `on-headers` lets it. What is saved at once still goes with the head;
   * nothing can wait.
   */
  interceptWithin(original: ReplyFunctions, name: ReplyFunctionName, args: readonly unknown[]): unknown {
    if (this.#phase !== "open") return this.#send(original, name, args);
    try {
      const saved = this.#commit();
      if (isPromise(saved)) {
        this.#breakOff();
        saved.catch(() => undefined);
      }
    } catch {
      this.#breakOff();
    }
    return this.#phase === "open" ? this.#send(original, name, args) : this.res;
  }

  #breakOff(): void {
    this.#phase = "refused";
    breakOff(this.res);
  }

  #open(original: ReplyFunctions, name: ReplyFunctionName, args: readonly unknown[]): unknown {
    const rest = name === "writeHead" ? takeHeaders(this.res, args) : args;
    return this.#saveThenSend(original, name, rest);
  }

  #saveThenSend(original: ReplyFunctions, name: ReplyFunctionName, args: readonly unknown[]): unknown {
    const { res } = this;
    let saved: Awaitable<unknown>;
    try {
      saved = this.#commit();
    } catch (error) {
      this.#failed(original, error, name === "end");
      return this.intercept(original, name, args);
    }
    if (!isPromise(saved)) return this.#send(original, name, args);
    this.#phase = "holding";
    const restoreHead = captureHead(res);
    const result = this.#hold(name, args);
    saved.then(
      () => this.#release(original, restoreHead),
      (error) => this.#failed(original, error, this.#endHeld),
    );
    return result;
  }

  #commit(): Awaitable<unknown> {
    let done: Awaitable<unknown> = null;
    for (let at = this.innermost; at !== undefined; at = at.outer) {
      const participant = at;
      done = isPromise(done) ? done.then(() => participant.commit()) : participant.commit();
    }
    return done;
  }

  #send(original: ReplyFunctions, name: ReplyFunctionName, args: readonly unknown[]): unknown {
    const { res } = this;
    if (this.#phase !== "over") {
      // Node's own functions call each other: only the outermost call adds our headers.
      if (this.#phase !== "flowing" && !res.headersSent) {
        for (let at = this.innermost; at !== undefined; at = at.outer) {
          at.writeHeaders(res);
        }
        // Whatever follows an end is let through.
        if (name !== "end") this.#left = contentLengthOf(res);
      }
      this.#phase = name === "end" ? "over" : "flowing";
      if (name === "write" && this.#left !== undefined) this.#left -= byteLengthOf(args);
    }
    return Reflect.apply(original[name], res, args);
  }

  // A reply with a Content-Length is complete with its last byte, not with its end.
  #completes(name: ReplyFunctionName, args: readonly unknown[]): boolean {
    if (name === "write") return this.#left !== undefined && this.#left <= byteLengthOf(args);
    return name === "end";
  }

  #hold(name: ReplyFunctionName, args: readonly unknown[]): unknown {
    // Had the first call gone out, nothing could follow an end, and no second head: neither may now.
    const late = this.#endHeld || (name === "writeHead" && this.#held.length > 0);
    if (!late) this.#held = [...this.#held, [name, args]];
    if (name === "end") this.#endHeld = true;
    return name === "write" ? false : name === "flushHeaders" ? undefined : this.res;
  }

  #release(original: ReplyFunctions, restoreHead: () => void): void {
    if (this.#phase !== "holding") return;
    const held = this.#held;
    const ended = this.#endHeld;
    this.#held = NO_CALLS;
    this.#endHeld = false;
    let full = true;
    try {
      restoreHead();
      held.forEach(([name, args], index) => {
        const result = index === 0 ? this.#send(original, name, args) : this.intercept(original, name, args);
        if (name === "write") full = result === false;
      });
    } catch (error) {
      // What the app held back was invalid itself, which it learns too late to catch.
      this.#failed(original, error, ended);
      return;
    }
    // Whoever was told to wait may go on; if the socket is full as well, it says so itself.
    if (!full && !ended) process.nextTick(() => this.res.emit("drain"));
  }

  /** @param whole - the reply that failed was complete, so that nobody is still writing it */
  #failed(original: ReplyFunctions, error: unknown, whole: boolean): void {
    const { res } = this;
    const next = this.#next;
    for (const [, args] of this.#held) tellCallback(args, error);
    this.#held = NO_CALLS;
    this.#error = error;
    // What the handler still sends belongs to the reply that failed.
    this.#phase = "refused";
    if (res.headersSent) return this.#breakOff();
    clearHead(res, statusOf(error));
    if (next !== undefined && whole) {
      process.nextTick(() => {
        this.#phase = "over";
        next(error);
      });
    } else {
      this.#phase = "over";
      refuse(res, original, error);
      this.#phase = "refused";
    }
  }
}
