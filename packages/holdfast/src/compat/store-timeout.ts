/** How long a store has for an answer, in milliseconds, where `storeTimeout` does not say. */
export const STORE_TIMEOUT = 10_000;
