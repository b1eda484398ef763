import { HoldfastError } from "../errors.ts";

/**
 * A legacy store's failure without the id that it was asked for, which such stores put into their errors: one of files the
 * path, others the command. Whoever reads logs must not learn it.
 */
export function withoutId(error: unknown, id: string): unknown {
  if (!(error instanceof HoldfastError) || !(error.cause instanceof Error)) return error;
  const { cause } = error;
  const plain = new Error(hidden(cause.message, id));
  plain.stack = hidden(cause.stack ?? "", id);
  const code: unknown = Reflect.get(cause, "code");
  if (typeof code === "string") Object.assign(plain, { code });
  return new HoldfastError(error.code, error.message, { cause: plain });
}

function hidden(text: string, id: string): string {
  return [id, encodeURIComponent(id)].reduce((left, secret) => left.replaceAll(secret, "(id)"), text);
}
