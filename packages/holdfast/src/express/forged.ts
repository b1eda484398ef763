/**
 * Session cookies that this deployment did not issue: an event, and too many guesses a refusal where the app asks for
 * it.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { type Duration, parseDuration } from "../duration.ts";
import { HoldfastError } from "../errors.ts";
import { holderOf } from "../session/client/network.ts";
import { GuessLimit } from "./guess-limit.ts";
import { guessesAmong } from "./incoming.ts";
import type { SessionOptions } from "./options.ts";
import type { RequestSession } from "./request-session.ts";

/** How many guesses of a session id one address may make. */
export interface ForgedLimit {
  /** A positive whole number, such as 20. */
  readonly most: number;
  /** Counted from the first guess on, such as `"1m"`. */
  readonly per: Duration;
}

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN` or `ERR_HOLDFAST_DURATION` */
export function guessLimitOf(
  { onForged, clientAddress }: SessionOptions,
  clock: Clock,
): GuessLimit | undefined {
  if (onForged === undefined) return undefined;
  if (
    typeof onForged !== "object" ||
    onForged === null ||
    !Number.isSafeInteger(onForged.most) ||
    onForged.most < 1
  ) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      '`onForged` must say how many guesses are allowed in what time, such as { most: 20, per: "1m" }.',
    );
  }
  const unknown = Object.keys(onForged).find((name) => name !== "most" && name !== "per");
  if (unknown !== undefined) {
    throw new HoldfastError("ERR_HOLDFAST_OPTION_UNKNOWN", "`onForged` has only `most` and `per`.");
  }
  if (clientAddress === undefined) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      '`onForged` counts by address, so say whose word about addresses counts: set `clientAddress` to "connection", or to ' +
        '"express" where `trust proxy` names your proxies.',
    );
  }
  return new GuessLimit(onForged.most, parseDuration(onForged.per, "onForged.per"), clock);
}

/** Reports what was forged, one value or more; the error to reply with if it was too much. */
export function reportForged(request: RequestSession, values: readonly string[]): HoldfastError | undefined {
  const { core, guessLimit, addressOf, warn } = request.deployment;
  // A flood of them must cost little.
  if (guessLimit === undefined && !core.events.heard("session_forged")) return undefined;
  const { req, visit } = request;
  const guesses = guessesAmong(request.deployment, values);
  visit.report("session_forged", guesses > 0 ? { guess: true } : {});
  if (guessLimit === undefined || guesses === 0) return undefined;
  const source = holderOf(addressOf(req));
  if (source === undefined) {
    warn("onForged", "`onForged` does nothing for requests whose address `clientAddress` does not give.");
    return undefined;
  }
  let refused: HoldfastError | undefined;
  for (let i = 0; i < guesses; i++) {
    const excess = guessLimit.count(source);
    if (excess === undefined) continue;
    if (excess.isFirst) visit.report("excess_rate_limit_exceeded", { most: guessLimit.most });
    const { retryAfter } = excess;
    refused = new HoldfastError("ERR_HOLDFAST_TOO_MANY_GUESSES", undefined, { retryAfter });
  }
  return refused;
}
