import type { IncomingMessage } from "node:http";
import { HoldfastError } from "../errors.ts";

const VERDICTS = ["fail", "continue"] as const;

/**
 * What becomes of a request whose session cannot be read.
 *
 * - `"fail"`: it fails, with 503, before any handler runs.
 * - `"continue"`: handlers run; if they look at the session, their reply becomes the 503.
 */
export type StoreErrorVerdict = (typeof VERDICTS)[number];

/** One verdict for all requests, or a function that judges each; see {@link SessionOptions.onStoreError}. */
export type OnStoreError =
  | StoreErrorVerdict
  | ((req: IncomingMessage, error: HoldfastError) => StoreErrorVerdict);

type Judge = (req: IncomingMessage, error: HoldfastError) => StoreErrorVerdict;

/**
 * The verdict on each request. Where the app's function throws, or gives none, the request fails.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`
 */
export function storeErrorJudge(
  onStoreError: unknown,
  warn: (topic: string, message: string) => void,
): Judge {
  if (isVerdict(onStoreError)) return () => onStoreError;
  if (onStoreError === undefined) return () => "fail";
  if (typeof onStoreError !== "function") {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      '`onStoreError` must be "fail", "continue" or a function that returns one of them.',
    );
  }
  return (req, error) => {
    try {
      const verdict: unknown = Reflect.apply(onStoreError, undefined, [req, error]);
      if (isVerdict(verdict)) return verdict;
      if (verdict instanceof Promise) verdict.catch(() => undefined);
      warn("onStoreError", `\`onStoreError\` must return "fail" or "continue", at once. ${MEANWHILE}`);
    } catch (thrown) {
      warn("onStoreError", `\`onStoreError\` threw: ${String(thrown)}. ${MEANWHILE}`);
    }
    return "fail";
  };
}

const MEANWHILE = 'Until it does, every such request counts as "fail".';

function isVerdict(value: unknown): value is StoreErrorVerdict {
  return VERDICTS.some((verdict) => verdict === value);
}
