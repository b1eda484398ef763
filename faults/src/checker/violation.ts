/** A promise that was broken. */
export interface Violation {
  readonly rule: Rule;
  /** Which operations show it. */
  readonly text: string;
}

export type Rule =
  /** A session was accepted by a request that began after its end was acknowledged. */
  | "ended session accepted"
  /** A session was refused, and accepted later. */
  | "session came back"
  /** A session was refused though nobody had asked for its end. */
  | "session lost"
  /** What was in a session, by a reply or by sight, was not there later. */
  | "write lost"
  /** An acknowledged write was never there. */
  | "false success"
  /** A session showed another user, or what was not written to it. */
  | "wrong data"
  /** A request took longer than it may. */
  | "deadline missed"
  /** A reply other than a success, a refusal or a 503; or none. */
  | "bad reply"
  /** A process did not work again once everything had been put right. */
  | "not recovered"
  /** An app process did not survive. */
  | "process ended"
  /** An operator was alarmed for nothing. */
  | "alarm"
  /** A password or key was written where others read it. */
  | "secret told";
