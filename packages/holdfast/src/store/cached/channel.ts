/**
 * How the processes on one store tell each other what has changed. `redisChannel` and `postgresChannel` are two; any
 * other broadcast will do.
 *
 * Nothing depends on it for safety: messages may be lost, late, doubled or out of order, and then cost time. Whoever can
 * send on it can make processes forget what they remember, and can let a revoke resolve up to `maxStale` too early, by
 * acknowledging for others: guard it like the store. It carries handles and hashes of users, and nothing that works as
 * a session id.
 */
export interface InvalidationChannel {
  /**
   * Hands a message to every process that has subscribed, this one included. At most 7,900 characters of ASCII. A
   * failure, thrown or rejected, is taken for a lost message.
   */
  publish(message: string): unknown;
  /** Passes every message to `listener` from then on; resolves once it does. Called again only if it has failed. */
  subscribe(listener: (message: string) => void): unknown;
  /** Connects anew, if the channel has a connection of its own: this process no longer hears its own messages. */
  reconnect?(): void;
  /** Ends the subscription and connections of its own, but none that it was given. */
  close(): unknown;
}
