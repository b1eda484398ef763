import { systemRandom } from "../crypto/random.ts";
import { parseDuration } from "../duration.ts";
import { HoldfastError } from "../errors.ts";
import { changeKeys } from "../keys/change.ts";
import { makeKey } from "../keys/new-key.ts";
import { type KeySummary, type KeyUsage, summaryOf, usageOf } from "../keys/report.ts";
import { type KeyEntry, type KeyPlan, revoke, rotate, signingEntry, stateOf } from "../keys/schedule.ts";
import type { SqliteStore } from "../store/sqlite.ts";
import { type Outcome, parse, UsageError } from "./command.ts";
import { type KeyPlace, openKeyPlace } from "./key-place.ts";
import { table } from "./table.ts";

/** What an action works with. */
interface Task extends KeyPlace {
  readonly entries: readonly KeyEntry[];
  readonly now: number;
  readonly propagation: number;
  readonly json: boolean;
}

type Action = (task: Task, id: string) => Outcome | Promise<Outcome>;

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ["list", list],
  ["rotate", rotateKeys],
  ["revoke", revokeKey],
  ["usage", usage],
]);

/** `holdfast keys`: exit code 0 if it is done, 1 if there is no such key, 2 if nothing could be done. */
export async function keysCommand(args: readonly string[]): Promise<Outcome> {
  const { values, positionals } = parse(args, {
    file: { type: "string" },
    store: { type: "string" },
    propagation: { type: "string" },
    json: { type: "boolean" },
  });
  const [name = "", id = "", ...extra] = positionals;
  const action = ACTIONS.get(name);
  if (action === undefined) throw new UsageError("keys has the actions list, rotate, revoke and usage.");
  if (name === "revoke" ? id === "" || extra.length > 0 : positionals.length > 1) {
    throw new UsageError(
      name === "revoke" ? "keys revoke needs the id of one key." : `keys ${name} takes no argument.`,
    );
  }
  if (values.propagation !== undefined && name !== "rotate") {
    throw new UsageError("--propagation belongs to keys rotate.");
  }
  try {
    const propagation = parseDuration(values.propagation ?? "1h", "--propagation");
    return await within(openKeyPlace(values.file, values.store), (place, entries) =>
      action({ ...place, entries, now: Date.now(), propagation, json: values.json ?? false }, id),
    );
  } catch (error) {
    throw error instanceof HoldfastError ? new UsageError(error.message) : error;
  }
}

async function within(
  place: KeyPlace,
  run: (place: KeyPlace, entries: readonly KeyEntry[]) => Outcome | Promise<Outcome>,
): Promise<Outcome> {
  try {
    const found = await place.source.read();
    if (found === null) {
      throw new UsageError(`${place.name} has no keys yet: the app makes them when it first starts.`);
    }
    return await run(place, found.keys);
  } finally {
    place.store?.close();
  }
}

function list({ entries, now, json }: Task): Outcome {
  const keys = entries.map((entry) => summaryOf(entry, entries, now));
  return { text: json ? asJson(keys) : table(HEADINGS, keys.map(cellsOf)) };
}

async function usage({ entries, store, now, json }: Task): Promise<Outcome> {
  if (store === undefined) throw new UsageError("keys usage needs the session store: name it with --store.");
  const keys = usageOf(entries, await store.countByKey(now), now);
  if (json) return { text: asJson(keys) };
  const cells = (key: KeyUsage): string[] => [
    ...cellsOf(key),
    String(key.liveSessions),
    `${(key.share * 100).toFixed(1)} %`,
    key.safeToRetire ? "yes" : "no",
  ];
  return { text: table([...HEADINGS, "SESSIONS", "SHARE", "SAFE TO RETIRE"], keys.map(cells)) };
}

async function rotateKeys({ entries, source, now, propagation, json }: Task): Promise<Outcome> {
  const before = new Set(entries.map(({ id }) => id));
  const after = await changeKeys(source, (found) =>
    rotate(found, now, planOf(found, now, propagation), () => makeKey(found, systemRandom)),
  );
  const next = after.find((entry) => stateOf(entry, after, now) === "pending");
  if (next === undefined) throw new UsageError("Another process has changed the keys meanwhile. Look again.");
  if (json) return { text: asJson(summaryOf(next, after, now)) };
  const made = before.has(next.id) ? "is on its way already" : "is made";
  return { text: `Key ${next.id} ${made}. It signs from ${timeOf(new Date(next.activeFrom))} on.\n` };
}

async function revokeKey(
  { entries, source, store, now, propagation, json }: Task,
  id: string,
): Promise<Outcome> {
  if (!entries.some((entry) => entry.id === id)) {
    return { text: json ? asJson(null) : `There is no key ${JSON.stringify(id)}.\n`, exitCode: 1 };
  }
  await changeKeys(source, (found) =>
    revoke(found, id, now, planOf(found, now, propagation), () => makeKey(found, systemRandom)),
  );
  const ended = store === undefined ? null : await removeRecords(store, id);
  if (json) return { text: asJson({ id, sessionsEnded: ended }) };
  const sessions =
    ended === null
      ? "Processes refuse it, and remove its sessions, when they next look: within a minute, unless `refresh` says otherwise."
      : `Its sessions are removed: ${ended}.`;
  return { text: `Key ${id} is revoked. ${sessions}\n` };
}

async function removeRecords(store: SqliteStore, id: string): Promise<number> {
  const BATCH = 500;
  for (let removed = 0; ; ) {
    const batch = await store.deleteByKey(id, BATCH);
    removed += batch;
    if (batch < BATCH) return removed;
  }
}

/** The app's own plan is not known here: a new key is for sessions as long as those of the key before it. */
function planOf(entries: readonly KeyEntry[], now: number, propagation: number): KeyPlan {
  const longestLife = signingEntry(entries, now)?.longestLife ?? 0;
  return { every: Number.POSITIVE_INFINITY, propagation, longestLife };
}

const HEADINGS = ["KEY", "STATE", "CREATED", "SIGNS FROM", "ENDS"];

function cellsOf({ id, state, createdAt, activeFrom, retireAt, revokedAt }: KeySummary): string[] {
  return [id, state, timeOf(createdAt), timeOf(activeFrom), timeOf(revokedAt ?? retireAt)];
}

function timeOf(time: Date | undefined): string {
  return time === undefined ? "-" : time.toISOString().replace(/\.\d+Z$/, "Z");
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
