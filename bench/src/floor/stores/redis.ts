import { createClient } from "redis";
import { REDIS_CLIENT } from "../../contenders/contender.ts";
import { IDLE } from "../visit.ts";
import { assertWritten, type BareStore } from "./bare-store.ts";

/** KEYS: the session. ARGV: the version before, as it is stored; the new value; its life in ms. */
const REPLACE = `
  if redis.call('GETRANGE', KEYS[1], 0, 7) ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return 1
`;

/** KEYS: the session, the user's index. ARGV: the value; its life in ms; when that ends; the handle. */
const ADD = `
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  redis.call('ZADD', KEYS[2], ARGV[3], ARGV[4])
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
  return 1
`;

/** 36 is `$`, the type of a bulk string. */
const BYTES = { typeMapping: { 36: Buffer } };

const VERSION_BYTES = 8;

/** A session is one string: its version, then the record. */
export async function bareRedis(url: string): Promise<BareStore> {
  const client = createClient({ url, ...REDIS_CLIENT });
  await client.connect();
  const [replace, add] = [await client.scriptLoad(REPLACE), await client.scriptLoad(ADD)];
  const life = String(IDLE);
  const run = async (script: string, ...args: readonly (string | Buffer)[]): Promise<void> => {
    const reply: unknown = await client.sendCommand(["EVALSHA", script, ...args]);
    assertWritten(reply === 1);
  };
  return {
    names: {
      read: "one GET",
      replace: "one EVALSHA that compares and sets",
      add: "one EVALSHA that sets record and index",
    },
    waits: true,
    read: async (handle) => {
      const value: unknown = await client.sendCommand(["GET", handle], BYTES);
      if (!Buffer.isBuffer(value)) return undefined;
      return { version: value.readDoubleBE(0), record: value.subarray(VERSION_BYTES) };
    },
    replace: (handle, version, record) =>
      run(replace, "1", handle, versionBytes(version), stored(version + 1, record), life),
    add: (handle, user, expiresAt, record) =>
      run(add, "2", handle, user, stored(1, record), life, String(expiresAt), handle),
    close: async () => {
      await client.close();
    },
  };
}

function versionBytes(version: number): Buffer {
  const bytes = Buffer.allocUnsafe(VERSION_BYTES);
  bytes.writeDoubleBE(version);
  return bytes;
}

function stored(version: number, record: Uint8Array): Buffer {
  return Buffer.concat([versionBytes(version), record]);
}
