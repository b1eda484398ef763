/**
 * A session as a shared store keeps it: a header for the server's own key and the data for the key that only the client's
 * cookie gives, each sealed with AES-256-GCM.
 *
 * @module
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Profile } from "../profile.ts";
import { derivedKey, handleOf, KEY_ID, pairOf, random } from "./id.ts";

const NONCE = 12;
const TAG = 16;

const SEAL_BYTES = NONCE + TAG;

/** What a header of Holdfast takes in a store: limits, activity, proof, wrapped key, user and client, sealed. */
export const HEADER_BYTES = 308;

/** All that is in it here is room. */
const HEADER = Buffer.alloc(HEADER_BYTES - KEY_ID.length - SEAL_BYTES);

/** The keys of one session. */
export interface SessionKeys {
  readonly header: Buffer;
  readonly body: Buffer;
}

export function keysOf(id: string): SessionKeys {
  return { header: derivedKey(handleOf(id)), body: derivedKey(pairOf(id)) };
}

export function newRecord(keys: SessionKeys, json: string): Buffer {
  const record = recordFor(json);
  record.write(KEY_ID, "latin1");
  seal(keys.header, HEADER, record, KEY_ID.length);
  seal(keys.body, json, record, HEADER_BYTES);
  return record;
}

/** The same record with other data. */
export function withData(record: Uint8Array, keys: SessionKeys, json: string): Buffer {
  const next = recordFor(json);
  next.set(record.subarray(0, HEADER_BYTES));
  seal(keys.body, json, next, HEADER_BYTES);
  return next;
}

/** The data of a record, of which the header is opened as well. @throws Error if a bit is wrong */
export function dataIn(record: Uint8Array, keys: SessionKeys): Profile {
  open(keys.header, record.subarray(KEY_ID.length, HEADER_BYTES));
  return JSON.parse(open(keys.body, record.subarray(HEADER_BYTES)).toString("utf8"));
}

function recordFor(json: string): Buffer {
  return Buffer.allocUnsafe(HEADER_BYTES + SEAL_BYTES + Buffer.byteLength(json));
}

function seal(key: Buffer, plain: Buffer | string, into: Buffer, at: number): void {
  const nonce = random(NONCE);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG });
  const bytes = typeof plain === "string" ? cipher.update(plain, "utf8") : cipher.update(plain);
  cipher.final();
  into.set(nonce, at);
  into.set(bytes, at + NONCE);
  into.set(cipher.getAuthTag(), at + NONCE + bytes.length);
}

function open(key: Buffer, bytes: Uint8Array): Buffer {
  const end = bytes.length - TAG;
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAuthTag(bytes.subarray(end));
  const plain = decipher.update(bytes.subarray(NONCE, end));
  decipher.final();
  return plain;
}
