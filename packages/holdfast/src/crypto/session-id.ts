/**
 * The session id: what the cookie carries.
 *
 * ```
 * kkkk.hhhhhhhhhhhhhhhhhhhhhh.sssssssssssssssssssssssssssssssssssssssssss.mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
 * key  handle (128 bits)      secret (256 bits)                           MAC (256 bits)
 * ```
 *
 * The split-token pattern: the handle finds the record, the secret proves possession, and the MAC proves that
 * this deployment issued the pair, so that a forged id never reaches the store (ASVS 7.2.1, 7.2.3).
 *
 * @module
 */

export const KEY_ID_LENGTH = 4;
export const HANDLE_LENGTH = 22;
export const SECRET_LENGTH = 43;
export const MAC_LENGTH = 43;

const HANDLE_AT = KEY_ID_LENGTH + 1;
const SECRET_AT = HANDLE_AT + HANDLE_LENGTH + 1;
const MAC_AT = SECRET_AT + SECRET_LENGTH + 1;

/** Length of a whole session id: 115 characters, all of them cookie-octets that need no quoting (RFC 6265). */
export const SESSION_ID_LENGTH: number = MAC_AT + MAC_LENGTH;

const SHAPE = /^[\w-]{4}\.[\w-]{22}\.[\w-]{43}\.[\w-]{43}$/;
const HANDLE_SHAPE = /^[\w-]{22}$/;

/** Length and alphabet are right; says nothing about validity. */
export function looksLikeSessionId(value: string): boolean {
  return value.length === SESSION_ID_LENGTH && SHAPE.test(value);
}

/** Length and alphabet are right for a handle; anything else must not reach a store. */
export function looksLikeHandle(value: unknown): value is string {
  return typeof value === "string" && HANDLE_SHAPE.test(value);
}

export const keyIdOf = (id: string): string => id.slice(0, KEY_ID_LENGTH);
export const handleOf = (id: string): string => id.slice(HANDLE_AT, SECRET_AT - 1);
export const secretOf = (id: string): string => id.slice(SECRET_AT, MAC_AT - 1);
/** Handle and secret, with the point between them: what the MAC is made of. */
export const pairOf = (id: string): string => id.slice(HANDLE_AT, MAC_AT - 1);
export const macOf = (id: string): string => id.slice(MAC_AT);

export function joinSessionId(keyId: string, pair: string, mac: string): string {
  return `${keyId}.${pair}.${mac}`;
}
