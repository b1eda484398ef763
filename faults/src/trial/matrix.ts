/**
 * Which faults each setup is put through: the rows and columns of docs/reference/stores-under-faults.md. A setup's file
 * in `trials/` must have exactly these, by its types.
 *
 * @module
 */

/** What goes wrong, while clients are at work. */
export const faults = {
  killed: "Killed (`kill -9`) and started again",
  failover: "A master killed, its replica takes over",
  frozen: "Frozen (`SIGSTOP`)",
  cut: "Connections cut in mid-reply",
  slow: "Replies late, then too late",
  dripping: "Replies in drips",
  silent: "Nothing passes, connections stay open",
  halfOpen: "Connections half open: the server's ends are gone",
  locked: "Locks held by others",
  deadlock: "Deadlocks with others",
  exhausted: "No connection left",
  full: "No room left",
  readOnly: "Read-only",
  flushed: "Everything deleted (`FLUSHALL`)",
  scripts: "Script cache emptied (`SCRIPT FLUSH`)",
  clocks: "Two app processes, clocks 5 s apart",
} as const;

export type Fault = keyof typeof faults;

/** What the sessions are kept in. */
export const setups = {
  sqlite: {
    title: "SQLite",
    faults: ["killed", "frozen", "locked", "full", "clocks"],
  },
  redisDurable: {
    title: "Redis, `appendfsync always`",
    faults: [
      "killed",
      "frozen",
      "cut",
      "slow",
      "dripping",
      "silent",
      "halfOpen",
      "full",
      "readOnly",
      "flushed",
      "scripts",
      "clocks",
    ],
  },
  redisMemory: {
    title: "Redis, nothing on disk",
    faults: ["killed"],
  },
  redisCluster: {
    title: "Redis Cluster, three masters with a replica each",
    faults: ["failover", "frozen", "scripts", "clocks"],
  },
  postgres: {
    title: "PostgreSQL",
    faults: [
      "killed",
      "frozen",
      "cut",
      "slow",
      "dripping",
      "silent",
      "halfOpen",
      "locked",
      "deadlock",
      "exhausted",
      "readOnly",
      "clocks",
    ],
  },
  postgresUnlogged: {
    title: "PostgreSQL, unlogged table",
    faults: ["killed"],
  },
  pgBouncer: {
    title: "PostgreSQL behind PgBouncer, pooling by transaction",
    faults: ["killed", "frozen"],
  },
} as const satisfies Record<string, { title: string; faults: readonly Fault[] }>;

export type Setup = keyof typeof setups;

/** The faults of one setup. */
export type FaultOf<S extends Setup> = (typeof setups)[S]["faults"][number];
