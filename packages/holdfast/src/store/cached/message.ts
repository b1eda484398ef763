/**
 * What processes say to each other on the channel. Whoever can send on it may say anything: what is not of this shape
 * is ignored.
 *
 * @module
 */
import type { Change } from "./change.ts";

/** A process on the channel: 22 characters of base64url. */
export type NodeId = string;

/** A change, and the number under which its sender waits for the acknowledgements. */
export interface Announcement {
  readonly number: number;
  readonly change: Change;
}

/** The announcements of `to` that `from` has acted upon. */
export interface Acknowledgement {
  readonly to: NodeId;
  readonly numbers: readonly number[];
}

export interface Message {
  readonly from: NodeId;
  /** For the sender itself: what it hears again proves that it hears. 0: none. */
  readonly ping: number;
  readonly changes: readonly Announcement[];
  readonly acks: readonly Acknowledgement[];
}

/** A message may have so many characters: PostgreSQL carries less than 8,000 bytes. */
export const MOST_CHARACTERS = 7_900;

/** So many names fit a message, whatever they are. */
export const MOST_NAMES = 64;

const LONGEST_NAME = 100;
const KINDS: readonly Change["kind"][] = ["handles", "users", "key", "everything"];

type WireChange = readonly [number: number, kind: Change["kind"], names: readonly string[]];
type WireAck = readonly [to: NodeId, numbers: readonly number[]];

/** The messages that carry all this, as few as the limit allows. */
export function encode({ from, ping, changes, acks }: Message): string[] {
  const parts = [
    ...changes.map(({ number, change }) => ({
      changes: [[number, change.kind, change.names]] as WireChange[],
      acks: [],
    })),
    ...acks.flatMap(({ to, numbers }) =>
      inParts(numbers, 200).map((some) => ({ changes: [], acks: [[to, some]] as WireAck[] })),
    ),
  ];
  const texts: string[] = [];
  let open: { changes: WireChange[]; acks: WireAck[] } = { changes: [], acks: [] };
  let size = 0;
  const close = (): void => {
    texts.push(JSON.stringify({ v: 1, from, ping: texts.length === 0 ? ping : 0, ...open }));
    open = { changes: [], acks: [] };
    size = 0;
  };
  for (const part of parts) {
    const length = JSON.stringify(part).length;
    if (size > 0 && size + length > MOST_CHARACTERS - 200) close();
    open.changes.push(...part.changes);
    open.acks.push(...part.acks);
    size += length;
  }
  if (size > 0 || (ping !== 0 && texts.length === 0)) close();
  return texts;
}

/** A list in pieces of at most `most`. */
export function inParts<T>(list: readonly T[], most: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / most) }, (_, part) =>
    list.slice(part * most, (part + 1) * most),
  );
}

/** The message in a text; `undefined` if it is none. */
export function decode(text: unknown): Message | undefined {
  if (typeof text !== "string" || text.length > MOST_CHARACTERS) return undefined;
  const value = parsed(text);
  if (!isObject(value) || value.v !== 1) return undefined;
  const { from, ping, changes, acks } = value;
  if (!isNodeId(from) || !isCount(ping) || !Array.isArray(changes) || !Array.isArray(acks)) return undefined;
  if (!changes.every(isWireChange) || !acks.every(isWireAck)) return undefined;
  return {
    from,
    ping,
    changes: changes.map(([number, kind, names]) => ({ number, change: { kind, names } })),
    acks: acks.map(([to, numbers]) => ({ to, numbers })),
  };
}

/** True for what {@link CacheTools.random} makes of 16 bytes, in base64url. */
export function isNodeId(value: unknown): value is NodeId {
  return typeof value === "string" && /^[\w-]{22}$/.test(value);
}

function isWireChange(value: unknown): value is WireChange {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [number, kind, names]: unknown[] = value;
  return isCount(number) && KINDS.some((it) => it === kind) && Array.isArray(names) && names.every(isName);
}

function isWireAck(value: unknown): value is WireAck {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [to, numbers]: unknown[] = value;
  return isNodeId(to) && Array.isArray(numbers) && numbers.every(isCount);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= LONGEST_NAME;
}

export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
