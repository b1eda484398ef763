import type { StoreChange } from "../contract.ts";

/** What is no longer to be served from memory. */
export type Change = StoreChange;

export const EVERYTHING: Change = { kind: "everything", names: [] };
