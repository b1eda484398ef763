/**
 * Where the developer's own browser finds the application, for those browsers that say nothing but `Origin`.
 *
 * @param port - 0: whichever is free, so nothing is known before
 */
export function localOrigins(port: number): string[] | undefined {
  if (port === 0) return undefined;
  return ["localhost", "127.0.0.1", "[::1]"].map((host) => new URL(`https://${host}:${port}`).origin);
}
