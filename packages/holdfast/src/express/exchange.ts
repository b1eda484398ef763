/**
 * One request and its reply, with the sessions that hang on it: holds the reply back until they are saved, sets the
 * cookies, and turns a failed save into an error reply.
 *
 * @module
 */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { type Awaitable, attempt, chain, isPromise } from "../awaitable.ts";
import { refuse } from "./refuse.ts";
import { type AnyHeaders, setHeaders } from "./set-headers.ts";

/** The part of a session that a reply needs. */
export interface ReplyParticipant {
  /** Saves; called once before the first header. */
  commit(): Awaitable<void>;
  /** Saves what changed since. */
  commitLate(): Awaitable<void>;
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
 * - `flowing`: saved; calls go through
 * - `handedOver`: the save failed and the app's error handler replies
 * - `refused`: the save failed and the error reply is out; whatever else the app sends is dropped
 */
type Phase = "open" | "holding" | "flowing" | "handedOver" | "refused";

export class Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Innermost last. */
  readonly participants: ReplyParticipant[] = [];
  #phase: Phase = "open";
  #held: Call[] = [];
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
        return this.#commit(original, name, args);
      case "holding":
        return this.#hold(name, args);
      case "flowing":
        return name === "end" ? this.#finish(original, args) : this.#pass(original, name, args);
      case "handedOver":
        return this.#pass(original, name, args);
      case "refused":
        return this.#drop(name);
    }
  }

  #commit(original: ReplyFunctions, name: ReplyFunctionName, args: readonly unknown[]): unknown {
    // An informational response (103, 102) is not the reply.
    if (name === "writeHead" && typeof args[0] === "number" && args[0] < 200 && args[0] !== 101) {
      return this.#pass(original, name, args);
    }
    const committed = attempt<unknown>(
      () => this.#each((participant) => participant.commit()),
      (error) => this.#failed(original, name, error),
    );
    if (isPromise(committed)) {
      this.#phase = "holding";
      const result = this.#hold(name, args);
      // What the app held back may be invalid itself: then it fails here, outside its own stack.
      committed.then(() => this.#release(original)).catch((error) => this.#failed(original, name, error));
      return result;
    }
    // The failure has changed the phase and, where it must, replied.
    if (this.#phase !== "open") return this.#drop(name);
    this.#phase = "flowing";
    return this.#sendFirst(original, name, args);
  }

  #each(action: (participant: ReplyParticipant) => Awaitable<void>): Awaitable<void> {
    return this.participants.reduce<Awaitable<void>>(
      (done, participant) => chain(done, () => action(participant)),
      undefined,
    );
  }

  // The first call that sends headers: ours go with them.
  #sendFirst(original: ReplyFunctions, name: ReplyFunctionName, args: readonly unknown[]): unknown {
    if (this.res.headersSent) return this.#pass(original, name, args);
    let rest = args;
    if (name === "writeHead") {
      // Headers given to writeHead would replace ours of the same name: they are set first.
      const [status, reasonOrHeaders, headers] = args;
      const given = typeof reasonOrHeaders === "string" ? headers : reasonOrHeaders;
      if (given !== undefined) setHeaders(this.res, given as AnyHeaders);
      rest = typeof reasonOrHeaders === "string" ? [status, reasonOrHeaders] : [status];
    }
    for (const participant of this.participants) participant.writeHeaders(this.res);
    return this.#pass(original, name, rest);
  }

  #hold(name: ReplyFunctionName, args: readonly unknown[]): unknown {
    this.#held.push([name, args]);
    return name === "write" ? false : name === "flushHeaders" ? undefined : this.res;
  }

  #release(original: ReplyFunctions): void {
    if (this.#phase !== "holding") return;
    this.#phase = "flowing";
    const held = this.#held;
    this.#held = [];
    let flowing = true;
    let wrote = false;
    held.forEach(([name, args], index) => {
      const result =
        index === 0 ? this.#sendFirst(original, name, args) : this.intercept(original, name, args);
      if (name === "write") {
        wrote = true;
        flowing = result !== false;
      }
    });
    // Whoever was told to wait may go on; if the socket is full as well, it says so itself.
    if (wrote && flowing && !this.res.writableEnded) this.res.emit("drain");
  }

  // The end of a reply whose headers are out: what changed since must be saved, or the client must not see success.
  #finish(original: ReplyFunctions, args: readonly unknown[]): unknown {
    const saved = attempt<unknown>(
      () => this.#each((participant) => participant.commitLate()),
      () => this.#breakOff(),
    );
    if (isPromise(saved)) {
      this.#phase = "holding";
      saved
        .then(() => {
          if (this.#phase !== "holding") return;
          this.#phase = "handedOver";
          this.#pass(original, "end", args);
        })
        .catch(() => this.#breakOff());
      return this.res;
    }
    if (this.res.destroyed) return this.res;
    this.#phase = "handedOver";
    return this.#pass(original, "end", args);
  }

  #breakOff(): void {
    this.#phase = "refused";
    this.res.destroy();
  }

  #failed(original: ReplyFunctions, name: ReplyFunctionName, error: unknown): void {
    this.#held = [];
    if (this.res.headersSent) {
      this.#breakOff();
      return;
    }
    clearReply(this.res);
    const next = this.#next;
    // A whole reply is taken back and the app's error handler writes another; a stream would write into it.
    if (next !== undefined && name === "end") {
      this.#phase = "handedOver";
      process.nextTick(next, error);
    } else {
      this.#phase = "refused";
      refuse(this.res, original, error);
    }
  }

  #drop(name: ReplyFunctionName): unknown {
    return name === "write" ? true : name === "flushHeaders" ? undefined : this.res;
  }

  #pass(original: ReplyFunctions, name: ReplyFunctionName, args: readonly unknown[]): unknown {
    return Reflect.apply(original[name], this.res, args);
  }
}

const ABOUT_THE_BODY = [
  "content-type",
  "content-length",
  "content-encoding",
  "content-range",
  "content-disposition",
  "content-language",
  "transfer-encoding",
  "trailer",
  "etag",
  "last-modified",
  "accept-ranges",
  "location",
  "refresh",
  "set-cookie",
  "cache-control",
  "expires",
] as const satisfies readonly (keyof OutgoingHttpHeaders)[];

// What the app said about the reply it meant to give does not hold for the error; its security headers do.
function clearReply(res: ServerResponse): void {
  for (const name of ABOUT_THE_BODY) res.removeHeader(name);
}
