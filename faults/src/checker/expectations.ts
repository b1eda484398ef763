/** What a deployment owes its clients, beside what it owes each session. */
export interface Expectations {
  /** The longest a request may take, in milliseconds. */
  readonly deadline: number;
  /** The statuses that say clearly what happened. */
  readonly statuses: readonly number[];
  /** Processes that must work again once everything has been put right. */
  readonly apps: readonly string[];
  /** How soon, in milliseconds. */
  readonly recovery: number;
}
