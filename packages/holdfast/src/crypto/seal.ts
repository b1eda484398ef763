/**
 * Authenticated encryption of stored bytes: AES-256-GCM, `nonce (12) | ciphertext | tag (16)`.
 *
 * Every key seals the states of one session only (keys are derived per handle, or random per session), so
 * random nonces stay far below the 2^32 messages that NIST SP 800-38D allows a key.
 *
 * @module
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Random } from "./random.ts";

const NONCE = 12;
const TAG = 16;

/** Seals `plain` under `key` (32 bytes); `context` must be given again to open it. */
export function seal(key: Uint8Array, plain: Uint8Array, context: string, random: Random): Buffer {
  const nonce = random(NONCE);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG });
  cipher.setAAD(Buffer.from(context, "utf8"));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** The plain bytes, or `null` if key, context or a single bit is wrong: all failures look alike (ASVS 11.2.5). */
export function open(key: Uint8Array, sealed: Uint8Array, context: string): Buffer | null {
  if (sealed.length < NONCE + TAG) return null;
  const end = sealed.length - TAG;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE), { authTagLength: TAG });
    decipher.setAAD(Buffer.from(context, "utf8"));
    decipher.setAuthTag(sealed.subarray(end));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE, end)), decipher.final()]);
  } catch {
    return null;
  }
}
