/**
 * The least that can be done with sessions in this process's own memory: nothing is sealed there, but secrets are hashed,
 * and what is kept are the values themselves.
 *
 * @module
 */
import { hash } from "node:crypto";
import type { Profile } from "../profile.ts";
import { provenBefore, settingCookie, withoutSession } from "./cookie-steps.ts";
import { Credential, Credentials } from "./credentials.ts";
import { changed, copyOf } from "./data.ts";
import { secretOf } from "./id.ts";
import { type Floor, IDLE, type Step } from "./visit.ts";

/** A session as the store has it. */
interface Entry {
  readonly data: Profile;
  readonly proof: string;
  readonly user: string;
  readonly expiresAt: number;
}

class Entries {
  readonly byHandle = new Map<string, Entry>();
  readonly handleOfUser = new Map<string, string>();
}

export function memoryFloor(entries: Entries = new Entries()): Floor<Entry> {
  const credentials = new Credentials<Entry>();
  const proven = provenBefore(credentials);
  const { load, change, replace, begin, add } = stepsOn(entries);
  return {
    steps: {
      ...withoutSession(credentials),
      untouched: { load: [proven], save: [] },
      read: { load: [proven, load], save: [] },
      write: { load: [proven, load], save: [change, replace] },
      login: { load: [], save: [begin, settingCookie(), add] },
    },
    stranger: () => memoryFloor(entries),
    close: async () => {},
  };
}

function stepsOn({
  byHandle,
  handleOfUser,
}: Entries): Readonly<Record<"load" | "change" | "replace" | "begin" | "add", Step<Entry>>> {
  return {
    load: {
      name: "the entry by handle, a copy of its data for the app",
      run: (visit) => {
        const entry = visit.credential && byHandle.get(visit.credential.handle);
        if (entry === undefined || entry.expiresAt <= Date.now()) return;
        visit.kept = entry;
        visit.data = copyOf(entry.data);
      },
    },
    change: {
      name: "what has changed",
      run: (visit) => {
        const { kept, data } = visit;
        if (kept === undefined || data === undefined) return;
        const { proof, user } = kept;
        visit.next = { data: changed(kept.data, data), proof, user, expiresAt: Date.now() + IDLE };
      },
    },
    replace: {
      name: "the entry replaced, and kept",
      run: ({ credential, next }) => {
        if (credential !== undefined && next !== undefined) byHandle.set(credential.handle, next);
      },
    },
    begin: {
      name: "384 random bits, their HMAC, a hash of the secret, a copy of the data",
      run: (visit) => {
        const { data = {} } = visit;
        visit.credential = new Credential();
        const proof = hash("sha256", secretOf(visit.credential.id), "base64url");
        const expiresAt = Date.now() + IDLE;
        visit.next = { data: copyOf(data), proof, user: String(data.userId), expiresAt };
      },
    },
    add: {
      name: "entries by handle and by user, kept",
      run: ({ credential, next }) => {
        if (credential === undefined || next === undefined) return;
        byHandle.set(credential.handle, next);
        handleOfUser.set(next.user, credential.handle);
      },
    },
  };
}
