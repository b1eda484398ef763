import { assertRecordFits } from "../bounds.ts";
import type { Handle, IndexedUser, StoredRecord, Touch } from "../contract.ts";
import type { Commands } from "./commands.ts";
import type { Keys } from "./keys.ts";
import { decodeHead, decodeLive, encodeTail, FIELD_BYTES } from "./record.ts";
import { CREATE, DELETE, DELETE_DEAD, DELETE_OF_KEY, TOUCH, UPDATE } from "./scripts.ts";
import { ttl } from "./ttl.ts";
import { arrayOf } from "./user-index.ts";

const LAST_FIELD_BYTE = String(FIELD_BYTES - 1);

/** Whose record was deleted, if it was there, and whether it was live. */
export interface Deleted {
  readonly wasLive: boolean;
  readonly user: IndexedUser | null;
}

/** The records by themselves: each operation is one step on one session, and leaves the user's index alone. */
export class Records {
  readonly #commands: Commands;
  readonly #keys: Keys;

  constructor(commands: Commands, keys: Keys) {
    this.#commands = commands;
    this.#keys = keys;
  }

  async read(handle: Handle, now: number): Promise<StoredRecord | null> {
    const key = this.#keys.session(handle);
    const [value, epoch] = arrayOf(await this.#commands.read(key, "MGET", key, this.#keys.epoch(handle)));
    return decodeLive(value, epoch, now);
  }

  /** The key that a record depends on, live or not; `null` if there is none. */
  async keyId(handle: Handle): Promise<string | null> {
    const key = this.#keys.session(handle);
    return decodeHead(await this.#commands.read(key, "GETRANGE", key, "0", LAST_FIELD_BYTE))?.keyId ?? null;
  }

  /** The same for a live one only. */
  async keyIdOfLive(handle: Handle, now: number): Promise<string | null> {
    const [key, epochKey] = this.#of(handle);
    const [value, epoch] = await Promise.all([
      this.#commands.read(key, "GETRANGE", key, "0", LAST_FIELD_BYTE),
      this.#commands.read(epochKey, "GET", epochKey),
    ]);
    const head = decodeHead(value);
    return head !== null && head.epoch === String(epoch) && head.expiresAt > now ? head.keyId : null;
  }

  /** False if a live one is there. `cover`: until when the user's index is going to name it. */
  async create(handle: Handle, record: StoredRecord, cover: number, now: number): Promise<boolean> {
    const { expiresAt } = record;
    const args = [String(now), String(expiresAt), String(cover), tailOf(record), ttl(expiresAt, now)];
    return (await this.#commands.run(CREATE, this.#of(handle), ...args)) === 1;
  }

  /** `"extend"`: the user's index does not reach so far. With a `cover` it does. */
  async update(
    handle: Handle,
    version: number,
    record: StoredRecord,
    now: number,
    cover?: number,
  ): Promise<boolean | "extend"> {
    const { expiresAt, user } = record;
    const args = [String(version), String(now), String(expiresAt), user ?? "-", tailOf(record)];
    const reply = await this.#commands.run(
      UPDATE,
      this.#of(handle),
      ...args,
      ttl(expiresAt, now),
      cover === undefined ? "" : String(cover),
    );
    return reply === 2 ? "extend" : reply === 1;
  }

  /** True if it was recorded; or the user whose index has to be extended first. */
  async touch(touch: Touch, now: number, cover?: number): Promise<boolean | { extend: IndexedUser }> {
    const { handle, version, expiresAt, header } = touch;
    const args = [String(version), String(now), String(expiresAt), bufferOf(header), ttl(expiresAt, now)];
    const reply = await this.#commands.run(
      TOUCH,
      this.#of(handle),
      ...args,
      cover === undefined ? "" : String(cover),
    );
    return typeof reply === "number" ? reply === 1 : { extend: String(reply) };
  }

  /** With `users`, only if it is one of theirs. */
  async delete(handle: Handle, now: number, users: readonly IndexedUser[] = []): Promise<Deleted> {
    const whose = users.length === 0 ? "" : ` ${users.join(" ")} `;
    const [live, user] = arrayOf(await this.#commands.run(DELETE, this.#of(handle), String(now), whose));
    return { wasLive: live === 1, user: userOf(user) };
  }

  async deleteOfKey(handle: Handle, keyId: string): Promise<{ deleted: boolean; user: IndexedUser | null }> {
    const [deleted, user] = arrayOf(await this.#commands.run(DELETE_OF_KEY, this.#of(handle), keyId));
    return { deleted: deleted === 1, user: userOf(user) };
  }

  /** Removes it if {@link endEpochs} has ended it. */
  async deleteDead(handle: Handle): Promise<boolean> {
    return (await this.#commands.run(DELETE_DEAD, this.#of(handle))) === 1;
  }

  /** Ends every session that is there: from now on their records count as absent. */
  async endEpochs(): Promise<void> {
    const epochs = [...this.#keys.epochs()];
    await Promise.all(epochs.map((epoch) => this.#commands.write(epoch, "DEL", epoch)));
  }

  #of(handle: Handle): [string, string] {
    return [this.#keys.session(handle), this.#keys.epoch(handle)];
  }
}

function tailOf(record: StoredRecord): Buffer {
  assertRecordFits(record);
  return encodeTail(record);
}

function userOf(reply: unknown): IndexedUser | null {
  const user = String(reply);
  return user === "-" ? null : user;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
