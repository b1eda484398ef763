import { tracingChannel } from "node:diagnostics_channel";
import type { TestContext } from "node:test";
import type { StoreMessage, TraceMessage } from "../../src/telemetry/index.ts";

export type Message = TraceMessage<string> & Partial<Pick<StoreMessage, "operation">>;

/** What a subscriber of a tracing channel has seen. */
export class Traces {
  /** Each operation's message, in the order in which they began. */
  readonly messages: Message[] = [];
  /** The names of what was published, in order. */
  readonly events: string[] = [];

  note(event: string, message: Message): void {
    this.events.push(event);
    if (event === "start") this.messages.push(message);
  }

  /** The outcomes so far, in order; then forgets everything. */
  take(): (string | undefined)[] {
    this.events.length = 0;
    return this.messages.splice(0).map(({ outcome }) => outcome);
  }
}

/** Subscribes as a profiler does, by the channel's name, until the test is over. */
export function traces(test: TestContext, name: string): Traces {
  const seen = new Traces();
  const channel = tracingChannel<unknown, Message>(name);
  const subscribers = {
    start: (message: Message) => seen.note("start", message),
    end: (message: Message) => seen.note("end", message),
    asyncStart: (message: Message) => seen.note("asyncStart", message),
    asyncEnd: (message: Message) => seen.note("asyncEnd", message),
    error: (message: Message) => seen.note("error", message),
  };
  channel.subscribe(subscribers);
  test.after(() => channel.unsubscribe(subscribers));
  return seen;
}
