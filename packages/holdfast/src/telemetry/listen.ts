import type { TracingChannel } from "node:diagnostics_channel";
import type { TraceMessage } from "../session/tracing.ts";

type Message = TraceMessage<string>;

/**
 * Tells `begun` when an operation of `source` begins and `done` once when it has ended, in either way.
 *
 * Node ends the process for a subscriber that throws; here that goes to `onError`.
 *
 * @returns what ends it
 */
export function listen<M extends Message>(
  channel: TracingChannel<unknown, M>,
  source: symbol,
  begun: (message: M) => void,
  done: (message: M) => void,
  onError: (error: unknown) => void,
): () => void {
  const guarded = (listener: (message: M) => void) => (message: M) => {
    if (message.source !== source) return;
    try {
      listener(message);
    } catch (error) {
      onError(error);
    }
  };
  const subscribers = {
    start: guarded(begun),
    // An operation that goes on has no outcome yet, and ends at `asyncEnd`.
    end: guarded((message) => {
      if (message.outcome !== undefined) done(message);
    }),
    asyncStart: () => undefined,
    asyncEnd: guarded(done),
    error: () => undefined,
  };
  channel.subscribe(subscribers);
  return () => void channel.unsubscribe(subscribers);
}
