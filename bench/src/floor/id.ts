/**
 * Session ids of the form that Holdfast's have, and no more: one key, which is all zeros and costs what any other does.
 *
 * @module
 */
import { hash, randomBytes, timingSafeEqual } from "node:crypto";

const HANDLE = 5;
const SECRET = 28;
const MAC = 72;
const LENGTH = 115;

export const KEY_ID = "abcd";

const BLOCK = 64;
const LONGEST = 128;
const inner = Buffer.alloc(BLOCK + LONGEST, 0x36);
const outer = Buffer.alloc(BLOCK + 32, 0x5c);
/** The first bytes of `inner`, by how long the text is. */
const views: Buffer[] = [];

function outerBlocks(text: string): Buffer {
  const length = inner.write(text, BLOCK, "latin1");
  views[length] ??= inner.subarray(0, BLOCK + length);
  outer.write(hash("sha256", views[length], "binary"), BLOCK, "binary");
  return outer;
}

/** HMAC-SHA-256 of a short text, as 43 characters of base64url. */
export function mac(text: string): string {
  return hash("sha256", outerBlocks(text), "base64url");
}

/** The same as a key of 32 bytes. */
export function derivedKey(text: string): Buffer {
  return hash("sha256", outerBlocks(text), "buffer");
}

let pool = Buffer.alloc(0);
let used = 0;

function draw(size: number): number {
  if (used + size > pool.length) {
    pool = randomBytes(4_096);
    used = 0;
  }
  const at = used;
  used += size;
  return at;
}

/** Random bytes, which are the pool's until they are written elsewhere. */
export function random(size: number): Buffer {
  const at = draw(size);
  return pool.subarray(at, at + size);
}

function randomText(size: number): string {
  const at = draw(size);
  return pool.toString("base64url", at, at + size);
}

export function newId(): string {
  const pair = `${randomText(16)}.${randomText(32)}`;
  return `${KEY_ID}.${pair}.${mac(pair)}`;
}

export const handleOf = (id: string): string => id.slice(HANDLE, SECRET - 1);
export const secretOf = (id: string): string => id.slice(SECRET, MAC - 1);
/** Handle and secret. */
export const pairOf = (id: string): string => id.slice(HANDLE, MAC - 1);

const given = Buffer.alloc(LENGTH - MAC);
const right = Buffer.alloc(LENGTH - MAC);

/** True if the id was made here. Its length, its key and its MAC leave nothing of its shape open but the last point. */
export function isGenuine(id: string): boolean {
  if (id.length !== LENGTH || !id.startsWith(KEY_ID) || id[MAC - 1] !== ".") return false;
  given.write(id.slice(MAC), "latin1");
  right.write(mac(pairOf(id)), "latin1");
  return timingSafeEqual(given, right);
}
