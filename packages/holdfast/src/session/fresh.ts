/** How long what was read of a session counts as what is stored, in milliseconds. */
export const FRESH_MS = 1_000;
