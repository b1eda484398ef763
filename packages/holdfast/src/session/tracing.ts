/**
 * Tracing channels (`node:diagnostics_channel`): how operations of the store, loads and commits begin and end, for
 * profilers and metrics. No message carries an id, a handle, a user or session data. Whoever publishes asks
 * `hasSubscribers` first, so that where nobody listens no message is made and no promise wrapped.
 *
 * @module
 */
import { type TracingChannel, tracingChannel } from "node:diagnostics_channel";
import { type Awaitable, isPromise } from "../awaitable.ts";

/** What all messages have. One object goes through all events of one operation. */
export interface TraceMessage<Outcome extends string> {
  /** The same for everything that one `session()` call does; `sourceOf(sessions)` of `holdfast/telemetry`. */
  readonly source: symbol;
  /** How it ended; `undefined` while it runs. At `end`: it goes on asynchronously, and `asyncEnd` will follow. */
  outcome: Outcome | "failed" | undefined;
  /** Why it failed: what the request fails with. */
  error?: unknown;
}

/** A message of `holdfast:store`: one operation, as long as a request waits for it. */
export interface StoreMessage extends TraceMessage<"answered"> {
  /** The store's method. */
  readonly operation: string;
}

/**
 * - `"hit"`: a live session was found.
 * - `"miss"`: the store has none of this name, or it had reached a limit.
 * - `"replayed"`: the id's secret had been replaced before it came.
 * - `"unreadable"`: the record was edited, cut, or sealed under a key that is gone.
 * - `"duplicate"`: several different ids came, of which none or several named a live session.
 */
export type LoadOutcome = "hit" | "miss" | "replayed" | "unreadable" | "duplicate";

/** A message of `holdfast:load`: a request looked at its session and had brought a genuine id. */
export type LoadMessage = TraceMessage<LoadOutcome>;

/**
 * - `"created"`: there was no session, and now there is.
 * - `"saved"`: the session's data was written over what the request had read.
 * - `"merged"`: another request had saved meanwhile; both changes are there.
 * - `"overtaken"`: another request was faster than `update`, which runs its change again.
 * - `"user_changed"`: the app had assigned another user, or taken the user out.
 * - `"dropped"`: nothing was written, for the session had ended meanwhile, or came over plain HTTP.
 */
export type CommitOutcome = "created" | "saved" | "merged" | "overtaken" | "user_changed" | "dropped";

/** A message of `holdfast:commit`: what a request did to its session's data is written. */
export type CommitMessage = TraceMessage<CommitOutcome>;

export const storeChannel: TracingChannel<unknown, StoreMessage> = tracingChannel("holdfast:store");
export const loadChannel: TracingChannel<unknown, LoadMessage> = tracingChannel("holdfast:load");
export const commitChannel: TracingChannel<unknown, CommitMessage> = tracingChannel("holdfast:commit");

/**
 * Runs one operation and publishes its events, in the order of Node's own `traceSync` and `tracePromise`; but what it
 * returns stays out of the message.
 *
 * @param outcomeOf - what to call a result
 */
export function traced<T, Outcome extends string, Message extends TraceMessage<Outcome>>(
  channel: TracingChannel<unknown, Message>,
  message: Message & TraceMessage<Outcome>,
  run: () => Awaitable<T>,
  outcomeOf: (result: T) => Outcome,
): Awaitable<T> {
  const fail = (error: unknown): void => {
    message.outcome = "failed";
    message.error = error;
    channel.error.publish(message);
  };
  return channel.start.runStores(message, () => {
    try {
      const result = run();
      if (!isPromise(result)) {
        message.outcome = outcomeOf(result);
        return result;
      }
      return result.then(
        (it) => {
          message.outcome = outcomeOf(it);
          settled(channel, message);
          return it;
        },
        (error) => {
          fail(error);
          settled(channel, message);
          throw error;
        },
      );
    } catch (error) {
      fail(error);
      throw error;
    } finally {
      channel.end.publish(message);
    }
  });
}

function settled<Message extends object>(channel: TracingChannel<unknown, Message>, message: Message): void {
  channel.asyncStart.publish(message);
  channel.asyncEnd.publish(message);
}
