/**
 * Records as the library itself makes them: sealed, of a signed-in user with {@link PROFILE_BYTES} bytes of data.
 *
 * @module
 */
import { session } from "holdfast";
import type { StoredRecord } from "holdfast/store";
import { SqliteStore } from "holdfast/store/sqlite";
import { serve } from "../carriers.ts";
import { ask } from "../exchange.ts";
import { signInHandler } from "../handlers.ts";
import { userName } from "../profile.ts";
import { LOGIN_URL } from "../scenarios.ts";
import { SECRET } from "../trial.ts";

/** Remembers what it is given. */
class Recorder extends SqliteStore {
  readonly seen: StoredRecord[] = [];

  override create(...args: Parameters<SqliteStore["create"]>): ReturnType<SqliteStore["create"]> {
    this.seen.push(args[1]);
    return super.create(...args);
  }
}

/** Signs so many users in and returns what the store was given. Valid for a day. */
export async function realRecords(count: number): Promise<StoredRecord[]> {
  const store = new Recorder(":memory:");
  const sessions = session({ secret: SECRET, store, idle: "1d", absolute: "1d" });
  const respond = serve(signInHandler, sessions);
  for (let i = 0; i < count; i++) {
    await ask({ method: "POST", url: LOGIN_URL + userName(i), cookie: undefined }, respond);
  }
  await sessions.close();
  if (store.seen.length !== count) throw new Error("not every sign-in made a record");
  return store.seen;
}
