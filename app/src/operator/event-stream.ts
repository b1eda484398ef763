/**
 * Events as they come, to an operator's browser: `text/event-stream` (WHATWG HTML, "Server-sent events").
 *
 * A stream lives no longer than the session that asked for it. That is looked up when any session ends and at each
 * heartbeat; what happens meanwhile is held back until it is known.
 *
 * @module
 */
import type { Response } from "express";
import type { SessionEvent } from "holdfast";
import { KEPT_EVENTS, type NumberedEvent, type Onlooker } from "./event-feed.ts";

/** Proxies and browsers take a line now and then for a sign of life. */
const HEARTBEAT_MS = 15_000;

/** A browser that takes no more than this much, in bytes, has stopped reading. */
const MOST_UNSENT = 256 * 1024;

/** After these a session may be over. */
const ENDINGS: ReadonlySet<SessionEvent["type"]> = new Set<SessionEvent["type"]>([
  "session_revoked",
  "session_logout",
  "session_expired",
  "session_replayed",
  "session_user_changed",
  "excess_sessions_exceeded",
]);

export interface EventStreamOptions {
  /** False once the session that asked is over. */
  readonly allowed: () => Promise<boolean>;
  readonly text: (event: NumberedEvent) => string;
  /** Runs once, when nothing more will be sent. */
  readonly ended: () => void;
}

export class EventStream implements Onlooker {
  readonly #res: Response;
  readonly #options: EventStreamOptions;
  readonly #timer: NodeJS.Timeout;
  /** Not to be sent before the session has been looked up. */
  #held: NumberedEvent[] = [];
  #looking = false;
  #lookAgain = false;
  #over = false;

  constructor(res: Response, options: EventStreamOptions) {
    this.#res = res;
    this.#options = options;
    res.set({ "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" }).flushHeaders();
    this.#timer = setInterval(() => void this.look(), HEARTBEAT_MS).unref();
    res.once("close", () => this.close());
  }

  note(event: NumberedEvent): void {
    if (this.#over) return;
    if (!this.#looking && !ENDINGS.has(event.event.type)) return this.#send(event);
    if (this.#held.push(event) > KEPT_EVENTS) this.#held.shift();
    void this.look();
  }

  /** Looks whether the session is still there, and shows a sign of life. */
  async look(): Promise<void> {
    this.#lookAgain = this.#looking;
    if (this.#looking || this.#over) return;
    this.#looking = true;
    try {
      do {
        this.#lookAgain = false;
        if (!(await this.#options.allowed())) return this.#end("event: ended\ndata:\n\n");
      } while (this.#lookAgain);
      this.#looking = false;
      this.#write(":\n\n");
      for (const event of this.#held.splice(0)) this.#send(event);
    } catch {
      // It cannot be known now. The browser comes back by itself, and is asked again who it is.
      this.#end();
    }
  }

  close(): void {
    this.#end();
  }

  #send(event: NumberedEvent): void {
    this.#write(`id: ${event.id}\ndata: ${this.#options.text(event)}\n\n`);
  }

  #write(text: string): void {
    if (this.#over) return;
    if (this.#res.writableLength > MOST_UNSENT) this.#res.destroy();
    else this.#res.write(text);
  }

  #end(last = ""): void {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#timer);
    this.#held = [];
    this.#options.ended();
    this.#res.end(last);
  }
}
