/**
 * Calls of the app's own functions by a defence. On bare `node:http` nobody would catch what they throw, and the process
 * would end.
 *
 * @module
 */
import { attempt } from "../awaitable.ts";
import { cleanText } from "../clean-text.ts";

const warned = new WeakSet<object>();

/**
 * What `call` returns; `undefined` if it throws or rejects, told by `process.emitWarning` once for each function.
 *
 * @param name - the option that `of` is, as the warning names it
 */
export function guardedCall(name: string, of: object, call: () => unknown): unknown {
  return attempt(call, (error) => {
    if (warned.has(of)) return;
    warned.add(of);
    const what = error instanceof Error ? cleanText(`${error.name}: ${error.message}`) : typeof error;
    process.emitWarning(`${name} threw: ${what}`, { type: "HoldfastWarning" });
  });
}
