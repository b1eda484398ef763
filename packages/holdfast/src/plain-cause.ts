/**
 * What is safe to show of an error that a client of an engine threw: its words, its code and its stack. Not what the
 * client adds: `pg` the row and the connection's settings, `ioredis` the whole command, be it `AUTH` with the password
 * or a session's bytes.
 */
export function plainCause(error: unknown): Error {
  if (!(error instanceof Error)) return new Error("The client failed without an error.");
  const cause = new Error(error.message);
  if (error.stack !== undefined) cause.stack = error.stack;
  const code: unknown = Reflect.get(error, "code");
  return typeof code === "string" ? Object.assign(cause, { code }) : cause;
}
