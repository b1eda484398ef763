/** What is no longer to be served from memory: the records of these handles, of these users, of one key, or all. */
export interface Change {
  readonly kind: ChangeKind;
  readonly names: readonly string[];
}

export type ChangeKind = "handles" | "users" | "key" | "everything";

export const EVERYTHING: Change = { kind: "everything", names: [] };
