/**
 * The least that can be done with sessions in a store that others may read: records are sealed, and opened only where they
 * are not byte by byte those that were opened before.
 *
 * @module
 */
import type { Profile } from "../profile.ts";
import { provenBefore, settingCookie, withoutSession } from "./cookie-steps.ts";
import { Credential, Credentials } from "./credentials.ts";
import { changed, copyOf } from "./data.ts";
import { mac } from "./id.ts";
import { dataIn, keysOf, newRecord, type SessionKeys, withData } from "./seal.ts";
import type { BareStore, Found } from "./stores/bare-store.ts";
import { type Floor, IDLE, type Step } from "./visit.ts";

/** A session as it was last read or written. */
interface Known {
  readonly keys: SessionKeys;
  readonly version: number;
  readonly data: Profile;
  readonly record: Uint8Array;
}

type Verb = "read" | "copy" | "change" | "seal" | "replace" | "begin" | "sealNew" | "add";

export function sharedFloor(store: BareStore): Floor<Known> {
  const credentials = new Credentials<Known>();
  const proven = provenBefore(credentials);
  const { read, copy, change, seal, replace, begin, sealNew, add } = stepsOn(store);
  return {
    steps: {
      ...withoutSession(credentials),
      untouched: { load: store.waits ? [proven, read] : [proven], save: [] },
      read: { load: [proven, read, copy], save: [] },
      write: { load: [proven, read, copy], save: [change, seal, replace] },
      login: { load: [], save: [begin, sealNew, settingCookie(), add] },
    },
    stranger: () => sharedFloor(store),
    close: () => store.close(),
  };
}

function stepsOn(store: BareStore): Readonly<Record<Verb, Step<Known>>> {
  return {
    read: {
      name: `${store.names.read}, its bytes compared with those opened before`,
      run: (visit) => {
        const { credential } = visit;
        if (credential === undefined) return;
        const answer = store.read(credential.handle);
        if (!(answer instanceof Promise)) {
          visit.kept = knownBy(credential, answer);
          return;
        }
        return answer.then((found) => {
          visit.kept = knownBy(credential, found);
        });
      },
    },
    copy: {
      name: "a copy of the data for the app",
      run: (visit) => {
        if (visit.kept !== undefined) visit.data = copyOf(visit.kept.data);
      },
    },
    change: {
      name: "what has changed",
      run: (visit) => {
        const { kept, data } = visit;
        if (kept === undefined || data === undefined) return;
        const { keys, record } = kept;
        visit.next = { keys, version: kept.version + 1, data: changed(kept.data, data), record };
      },
    },
    seal: {
      name: "the data as JSON, sealed",
      run: (visit) => {
        if (visit.next === undefined) return;
        const { keys, version, data, record } = visit.next;
        visit.next = { keys, version, data, record: withData(record, keys, JSON.stringify(data)) };
      },
    },
    replace: {
      name: store.names.replace,
      run: ({ credential, kept, next }) => {
        if (credential === undefined || kept === undefined || next === undefined) return;
        const written = store.replace(credential.handle, kept.version, next.record);
        if (!(written instanceof Promise)) {
          credential.kept = next;
          return;
        }
        return written.then(() => {
          credential.kept = next;
        });
      },
    },
    begin: {
      name: "384 random bits, and four HMACs: the id's, two keys, the user's name in the index",
      run: (visit) => {
        const { data = {} } = visit;
        visit.credential = new Credential();
        visit.user = mac(String(data.userId));
        visit.next = { keys: keysOf(visit.credential.id), version: 1, data, record: NOTHING };
      },
    },
    sealNew: {
      name: "the data as JSON, it and a header sealed",
      run: (visit) => {
        if (visit.next === undefined) return;
        const { keys, version, data } = visit.next;
        visit.next = { keys, version, data, record: newRecord(keys, JSON.stringify(data)) };
      },
    },
    add: {
      name: store.names.add,
      run: ({ credential, user, next }) => {
        if (credential === undefined || next === undefined) return;
        return store.add(credential.handle, user, Date.now() + IDLE, next.record);
      },
    },
  };
}

const NOTHING = new Uint8Array();

/** What the store has, opened only if it is not what was opened before. */
function knownBy(credential: Credential<Known>, found: Found | undefined): Known | undefined {
  if (found === undefined) return undefined;
  const { version, record } = found;
  const { kept } = credential;
  if (kept === undefined || kept.version !== version || Buffer.compare(kept.record, record) !== 0) {
    const keys = keysOf(credential.id);
    credential.kept = { keys, version, data: dataIn(record, keys), record };
  }
  return credential.kept;
}
