import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { programsOf } from "./debian-packages.ts";
import { newFolder } from "./folder.ts";
import { freePorts } from "./ports.ts";

/** A PgBouncer in front of a PostgreSQL server, which gives each transaction whichever connection is free. */
export interface PgBouncer {
  /** Of the same database, by way of it. */
  readonly url: string;
  /** Starts it again, after {@link kill}. */
  start(): Promise<void>;
  /** Ends it at once, as `kill -9` does. */
  kill(): Promise<void>;
  /** Ends it and removes what it had. */
  stop(): Promise<void>;
}

/**
 * Starts PgBouncer on loopback, pooling by transaction, with few connections to the server.
 *
 * @param upstream - the address of a database
 * @throws Error if there is none on this machine and none can be had
 */
export async function startPgBouncer(upstream: string): Promise<PgBouncer> {
  const { folder: programs, env } = await programsOf({
    name: "pgbouncer",
    packages: ["pgbouncer", "libevent-2.1-7", "libc-ares2"],
    programs: ["pgbouncer"],
    folder: "usr/sbin",
  });
  const [port = 0] = await freePorts(1);
  const folder = await newFolder("pgbouncer");
  const file = join(folder.path, "pgbouncer.ini");
  const owner = unprivileged();
  await writeFile(file, settings(new URL(upstream), port), { mode: 0o600 });
  for (const path of [folder.path, file]) if (owner !== undefined) await chown(path, owner.uid, owner.gid);
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    child = spawn(join(programs, "pgbouncer"), [file], {
      env,
      stdio: ["ignore", "ignore", "pipe"],
      ...owner,
    });
    await ready(child);
  };
  const kill = (): Promise<void> => end(child);
  const stop = async (): Promise<void> => {
    await kill();
    await folder.remove();
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  const url = new URL(upstream);
  url.host = `127.0.0.1:${port}`;
  return { url: url.href, start, kill, stop };
}

function settings({ hostname, port: serverPort, pathname, username, password }: URL, port: number): string {
  const server = [
    `host=${hostname}`,
    `port=${serverPort === "" ? 5432 : serverPort}`,
    `dbname=${decodeURIComponent(pathname.slice(1))}`,
    `user=${decodeURIComponent(username)}`,
    `password=${decodeURIComponent(password)}`,
  ];
  return `[databases]
* = ${server.join(" ")}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 5
server_login_retry = 1
ignore_startup_parameters = extra_float_digits
`;
}

/** PgBouncer does not run as root; Debian's user of PostgreSQL is there wherever `startPostgres` has run as root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (userInfo().uid !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

async function ready(child: ChildProcess): Promise<void> {
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const fail = (cause?: unknown): void => reject(new Error(`PgBouncer did not start: ${said}`, { cause }));
    child.once("error", fail);
    child.once("exit", () => fail());
    // Read to the end: a full pipe would stop it.
    child.stderr?.on("data", (chunk: Buffer) => {
      if (said.length < 10_000) said += String(chunk);
      if (said.includes("process up")) resolve();
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
