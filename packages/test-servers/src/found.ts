/** What a test gets where a server cannot be had. */
export interface Missing {
  readonly server: undefined;
  /** For the test runner: why the tests are skipped. */
  readonly skip: string;
}

/** A server, or why there is none. */
export type Found<Server> = { readonly server: Server; readonly skip: false } | Missing;

/**
 * Starts a server, or says why it cannot be had, so that tests that need it are skipped in sight. In CI (`CI=true`)
 * nothing may be skipped: there the failure is thrown.
 *
 * @example
 * ```ts
 * const { server, skip } = await found(startRedis);
 * describe("RedisStore", { skip }, () => { … });
 * ```
 */
export async function found<Server>(start: () => Promise<Server>): Promise<Found<Server>> {
  try {
    return { server: await start(), skip: false };
  } catch (error) {
    if (process.env.CI === "true") throw error;
    return { server: undefined, skip: error instanceof Error ? error.message : String(error) };
  }
}
