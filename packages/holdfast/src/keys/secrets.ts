/**
 * The `secret` option: what may protect sessions, and what is too weak to.
 *
 * @module
 */

import { HoldfastError } from "../errors.ts";
import { looksGuessable } from "./guessable.ts";

/** 256 bits: what the keys made from the secret have (ASVS 11.2.3 asks for at least 128). */
const SHORTEST_BYTES = 32;

const ADVICE = "Make one with `npx holdfast keygen` and pass it as { secret: process.env.SESSION_SECRET }.";

/** A new secret of 256 random bits, as 43 characters of base64url. */
export function newSecret(random: (size: number) => Buffer): string {
  return random(SHORTEST_BYTES).toString("base64url");
}

/**
 * Checks the `secret` option and gives it as a list, newest first.
 *
 * A secret is at least 32 bytes of text and not one that anybody can guess: a published example or placeholder, a
 * repetition, a sequence. The check catches mistakes; it cannot prove that a secret is random.
 *
 * @param secret - a string, or an array of strings whose first one signs while the others are still accepted
 * @throws {HoldfastError} `ERR_HOLDFAST_SECRET_MISSING`, `ERR_HOLDFAST_SECRET_WEAK` or, for another type,
 *   `ERR_HOLDFAST_OPTION`; the message never holds any part of a secret
 */
export function checkSecrets(secret: unknown): readonly string[] {
  if (secret === undefined || secret === null || secret === "")
    throw new HoldfastError("ERR_HOLDFAST_SECRET_MISSING");
  if (!Array.isArray(secret)) return [checkSecret(secret, "`secret`")];
  const list: readonly unknown[] = secret;
  if (list.length === 0) throw new HoldfastError("ERR_HOLDFAST_SECRET_MISSING");
  const secrets = Array.from(list, (one, index) => checkSecret(one, `\`secret[${index}]\``));
  secrets.forEach((one, index) => {
    const first = secrets.indexOf(one);
    if (first !== index) {
      throw new HoldfastError(
        "ERR_HOLDFAST_SECRET_WEAK",
        `\`secret[${first}]\` and \`secret[${index}]\` are the same. To rotate, put a new secret first and keep the old ` +
          "one behind it.",
      );
    }
  });
  return secrets;
}

function checkSecret(secret: unknown, where: string): string {
  if (secret === undefined || secret === null || secret === "") {
    throw new HoldfastError(
      "ERR_HOLDFAST_SECRET_MISSING",
      `${where} is empty. Leave it out of the list. ${ADVICE}`,
    );
  }
  if (typeof secret !== "string") {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      `${where} must be a string, or a list of strings with the newest first; ` +
        'write bytes as text with `bytes.toString("base64url")`.',
    );
  }
  checkStrength(secret, where, ADVICE);
  return secret;
}

/**
 * Refuses a secret that is shorter than 32 bytes or can be guessed.
 *
 * @param where - what it was given as, named in the error
 * @param advice - how to get a better one, the end of the error's message
 * @throws {HoldfastError} `ERR_HOLDFAST_SECRET_WEAK`
 */
export function checkStrength(secret: string, where: string, advice: string): void {
  const bytes = Buffer.byteLength(secret);
  if (bytes < SHORTEST_BYTES) {
    throw new HoldfastError(
      "ERR_HOLDFAST_SECRET_WEAK",
      `${where} is too short: ${bytes} bytes, and at least ${SHORTEST_BYTES} are needed. ${advice}`,
    );
  }
  if (looksGuessable(secret)) {
    throw new HoldfastError(
      "ERR_HOLDFAST_SECRET_WEAK",
      `${where} can be guessed: it is an example, a placeholder, a repetition or a sequence. ${advice}`,
    );
  }
}
