import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { within } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import { plainCause } from "../../plain-cause.ts";
import type { Connection } from "./client.ts";
import type { Commands } from "./commands.ts";
import { storeFailure } from "./failure.ts";
import type { Keys } from "./keys.ts";
import type { RedisSettings } from "./options.ts";
import type { Records } from "./records.ts";
import type { UserIndex } from "./user-index.ts";

/** The version of what the store writes; another shape of it is another version. */
const SCHEMA = 1;

const OLDEST = [6, 2] as const;

/** What is opened. */
export interface Parts {
  readonly connection: Connection;
  readonly commands: Commands;
  readonly keys: Keys;
  readonly records: Records;
  readonly index: UserIndex;
  readonly settings: RedisSettings;
}

/** Connects, and finds out at start what would otherwise fail at the first user's request. */
export async function openServer(parts: Parts): Promise<void> {
  const { connection, settings } = parts;
  const trouble = new Trouble();
  const unlisten = connection.onError((error) => trouble.note(error));
  try {
    await within(settings.connectTimeout, prepare(parts, trouble), () => {
      trouble.isOver = true;
      const message = `Redis did not answer within ${settings.connectTimeout} ms. Check the client's host, port and TLS.`;
      const heard = trouble.last === undefined ? undefined : { cause: plainCause(trouble.last) };
      return new HoldfastError("ERR_HOLDFAST_STORE_UNAVAILABLE", message, heard);
    });
  } catch (error) {
    throw storeFailure(error);
  } finally {
    unlisten();
  }
}

/** What a client says of its connection while it is being opened. */
class Trouble {
  /** Its latest error. */
  last: unknown;
  /** Nobody waits any more. */
  isOver = false;

  note(error: unknown): void {
    this.last = error;
  }
}

async function prepare(parts: Parts, trouble: Trouble): Promise<void> {
  await connect(parts.connection, trouble);
  await checkServers(parts);
  await checkSchema(parts);
  await lookAround(parts);
  await rehearse(parts);
}

// A client may go on trying for ever, whatever becomes of its promise, and tell only by events.
async function connect(connection: Connection, trouble: Trouble): Promise<void> {
  let connecting = connection.idle;
  if (connecting) {
    const noted = (error: unknown): void => {
      trouble.last ??= error;
    };
    void connection
      .connect()
      .catch(noted)
      .finally(() => {
        connecting = false;
      });
  } else if (connection.ended) {
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_CLIENT",
      "The client given to RedisStore has been closed, or has given up.",
    );
  }
  // A cluster client of version 5 says that it is ready before it knows a single server.
  while ((connecting || !connection.ready) && !trouble.isOver) {
    const { last } = trouble;
    const isRefused = last !== undefined && storeFailure(last).code === "ERR_HOLDFAST_STORE_REFUSED";
    if (last !== undefined && (isRefused || connection.ended)) throw last;
    await delay(5);
  }
}

async function checkServers({ commands, settings }: Parts): Promise<void> {
  for (const send of await commands.servers()) {
    await send(["PING"]);
    const info = String(await send(["INFO"]).catch(nothingIfNotPermitted));
    if (info === "") continue;
    const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\r?$`, "m").exec(info)?.[1];
    const version = field("redis_version");
    if (version === undefined) {
      throw new HoldfastError("ERR_HOLDFAST_STORE_CLIENT", "The server is neither Redis nor Valkey.");
    }
    if (isOlder(version)) {
      throw new HoldfastError(
        "ERR_HOLDFAST_STORE_CLIENT",
        `The server is Redis ${version}; the session store needs ${OLDEST.join(".")} or later, or Valkey.`,
      );
    }
    const policy = field("maxmemory_policy") ?? "noeviction";
    if (policy === "noeviction" || field("maxmemory") === "0") continue;
    settings.onWarning(
      `Redis may end live sessions when its memory is full, and forget which sessions a user has, so that ending ` +
        `them all may miss some: maxmemory-policy is ${policy}. Set it to noeviction.`,
    );
  }
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

function nothingIfNotPermitted(error: unknown): string {
  if (error instanceof HoldfastError && error.code === "ERR_HOLDFAST_STORE_REFUSED") return "";
  throw error;
}

async function checkSchema({ commands, keys }: Parts): Promise<void> {
  await commands.write(keys.schema, "SET", keys.schema, String(SCHEMA), "NX");
  const found = String(await commands.read(keys.schema, "GET", keys.schema));
  if (found === String(SCHEMA)) return;
  if (/^[1-9]\d{0,8}$/.test(found)) {
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_SCHEMA",
      `The sessions in Redis have schema version ${found}; this version of Holdfast knows ${SCHEMA}. Upgrade this process.`,
    );
  }
  throw new HoldfastError(
    "ERR_HOLDFAST_STORE_CORRUPT",
    "The key `schema` under the store's prefix in Redis is not a version. Remove it, or use another prefix.",
  );
}

/**
 * One key of many groups. A server of a cluster has some of the groups only, and refuses the others: a client that knows
 * of no cluster must not get by because its first few keys happened to be there.
 */
async function lookAround({ commands, keys }: Parts): Promise<void> {
  await Promise.all([...keys.groupGenerations()].map((key) => commands.read(key, "GET", key)));
}

/** Each kind of command once, on keys that nobody else uses and that have expired for everybody. */
async function rehearse({ commands, keys, records, index }: Parts): Promise<void> {
  const handle = randomBytes(16).toString("base64url");
  const user = randomBytes(32).toString("base64url");
  const none = Buffer.alloc(0);
  const record = { version: 1, expiresAt: 2, user, keyId: "none", header: none, body: none };
  await records.create(handle, record, 2, 1);
  await index.confirm(user, handle, undefined, 1_000, false);
  await index.extend(user, handle, 1_000);
  await records.read(handle, 1);
  await records.touch({ handle, version: 1, expiresAt: 2, header: none }, 1);
  await records.update(handle, 1, record, 1);
  for await (const handles of index.handles(user)) await index.forget(user, handles);
  await index.generation(user);
  // The server may have seen every script already.
  await commands.write(keys.session(handle), "EVAL", "return 1", "1", keys.session(handle));
  await records.keyIdOfLive(handle, 1);
  await records.delete(handle, 1);
  for (const send of await commands.servers()) await send(["SCAN", "0", "COUNT", "1"]);
}
