import { randomBytes } from "node:crypto";
import { newSecret } from "../keys/secrets.ts";
import { type Outcome, parse, UsageError } from "./command.ts";

/** `holdfast keygen`: prints new secrets. */
export function keygen(args: readonly string[]): Outcome {
  const { values, positionals } = parse(args, { env: { type: "boolean" }, count: { type: "string" } });
  const [extra] = positionals;
  if (extra !== undefined) throw new UsageError(`keygen takes no argument ${JSON.stringify(extra)}.`);
  const { count = "1", env = false } = values;
  if (!/^(?:[1-9]\d?|100)$/.test(count))
    throw new UsageError("--count must be a whole number from 1 to 100.");
  if (env && count !== "1") throw new UsageError("--env prints one line; use it without --count.");
  const name = env ? "SESSION_SECRET=" : "";
  return {
    text: Array.from({ length: Number(count) }, () => `${name}${newSecret(randomBytes)}\n`).join(""),
  };
}
