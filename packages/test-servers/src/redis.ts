import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { newFolder } from "./folder.ts";
import { freePorts } from "./ports.ts";
import { type RedisBinaries, redisBinaries } from "./redis-binaries.ts";

export interface RedisOptions {
  /** Further arguments of `redis-server`, such as `["--maxmemory", "2mb"]`. */
  readonly args?: readonly string[];
  /** True writes every acknowledged change to disk first (`appendfsync always`). Default: nothing is written. */
  readonly durable?: boolean;
  readonly port?: number;
}

/** What a server, or a sentinel, says when it is up. */
const UP = /Ready to accept connections|Sentinel ID is/;

/** One Redis server, as a process that tests may treat badly. */
export class RedisServer {
  readonly port: number;
  readonly url: string;
  readonly #binaries: RedisBinaries;
  readonly #args: readonly string[];
  readonly #remove: () => Promise<void>;
  #process: ChildProcess | undefined;

  constructor(port: number, binaries: RedisBinaries, args: readonly string[], remove: () => Promise<void>) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.#binaries = binaries;
    this.#args = args;
    this.#remove = remove;
  }

  /** Starts the process, again after {@link kill}; resolves once it accepts connections. */
  async start(): Promise<void> {
    const { server, env } = this.#binaries;
    const child = spawn(server, this.#args, { env, stdio: ["ignore", "pipe", "inherit"] });
    this.#process = child;
    let said = "";
    for await (const chunk of child.stdout) {
      said += String(chunk);
      if (UP.test(said)) break;
    }
    if (child.exitCode !== null || !UP.test(said)) {
      throw new Error(`redis-server did not start: ${said}`);
    }
  }

  /** Ends the process at once, as `kill -9` does; its data folder stays. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** Stops the process in its tracks: connections stay open and nothing answers. */
  freeze(): void {
    this.#process?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Ends the process and removes its data. */
  async stop(): Promise<void> {
    await this.kill();
    await this.#remove();
  }
}

/** Starts a Redis server on loopback. @throws Error if there is none on this machine and none can be had */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const binaries = await redisBinaries();
  const port = options.port ?? (await freePorts(1))[0] ?? 0;
  const folder = await newFolder("redis");
  const persistence =
    options.durable === true ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"];
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder.path, "--save", ""];
  const server = new RedisServer(
    port,
    binaries,
    [...args, ...persistence, ...(options.args ?? [])],
    folder.remove,
  );
  await server.start();
  return server;
}
