import { HoldfastError } from "../../errors.ts";
import { hasMethods } from "../../has-methods.ts";

/** What {@link PostgresStore} needs of `pg`: a `Pool`, or anything with the same `query`. */
export interface PostgresClient {
  /** Runs one statement, on a connection of its choice. Without values the text may be several statements. */
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly Row[] }>;
}

/** What the option `prepare` needs of `pg` beside that: statements that have a name. */
export interface PreparingClient {
  query(statement: {
    readonly name: string | undefined;
    readonly text: string;
    readonly values: unknown[] | undefined;
  }): Promise<{ readonly rows: readonly Row[] }>;
}

/** The columns of a row, by name. */
export type Row = Readonly<Record<string, unknown>>;

/** @throws {HoldfastError} `ERR_HOLDFAST_STORE_CLIENT` for what has no `query` */
export function assertClient(given: unknown): asserts given is PostgresClient {
  if (hasMethods(given, "query")) return;
  throw new HoldfastError(
    "ERR_HOLDFAST_STORE_CLIENT",
    "PostgresStore needs a Pool of the package pg: new PostgresStore(new Pool({ connectionString })).",
  );
}

/**
 * The same client, to be given statements with names.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_STORE_CLIENT` for anything but a pool of `pg`, or of a package that extends it
 */
export function preparing(client: PostgresClient): PreparingClient {
  if (isPool(client)) return client;
  throw new HoldfastError(
    "ERR_HOLDFAST_STORE_CLIENT",
    "PostgresStore: `prepare` needs a Pool of the package pg. Leave it out for another client.",
  );
}

function isPool(client: PostgresClient): client is PostgresClient & PreparingClient {
  return hasMethods(client, "query", "connect", "end") && typeof member(client, "totalCount") === "number";
}

/** True for a pool of `pg` whose `end` has been called. */
export function hasEnded(client: PostgresClient): boolean {
  return member(client, "ending") === true || member(client, "ended") === true;
}

/**
 * An idle connection that breaks makes `pg`'s pool emit `error`, which ends the process where nobody listens. The pool
 * has let go of the connection by then, and the next operation opens another or says what is wrong.
 *
 * @returns what takes the listener away
 */
export function surviveIdleErrors(client: PostgresClient): () => void {
  if (!isEmitter(client) || client.listenerCount("error") > 0) return () => {};
  const listener = (): void => {};
  client.on("error", listener);
  return () => client.removeListener("error", listener);
}

interface Emitter {
  on(event: "error", listener: () => void): unknown;
  removeListener(event: "error", listener: () => void): unknown;
  listenerCount(event: "error"): number;
}

function isEmitter(client: unknown): client is Emitter {
  return hasMethods(client, "on", "removeListener", "listenerCount");
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
