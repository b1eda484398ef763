/** The whole application on free ports, in a directory of its own, with a clock that tests move. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { type FakeClock, fakeClock } from "holdfast/testing";
import { Passwords } from "../../src/accounts/passwords.ts";
import { readConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { type Running, runServers } from "../../src/run-servers.ts";
import { Client } from "./client.ts";

export const PASSWORD = "granite kelp tides";

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), "holdfast-app-"));
}

export interface Application {
  readonly running: Running;
  readonly clock: FakeClock;
  readonly directory: string;
  /** Every line logged so far. */
  readonly log: readonly string[];
  /** A new device. */
  client(): Client;
  /** A new device on which a new user is logged in. */
  signedIn(username?: string): Promise<{ client: Client; username: string }>;
  stop(): Promise<void>;
}

/** Cheap hashes: what they cost is the matter of its own tests. */
const cheap = (): Passwords => new Passwords({ ln: 8, r: 8, p: 1 });

interface Options {
  readonly passwords?: Passwords;
  /** True: the system's clock instead of one that tests move. */
  readonly realTime?: boolean;
}

export async function startApplication(
  environment: Record<string, string> = {},
  { passwords = cheap(), realTime = false }: Options = {},
): Promise<Application> {
  const directory = temporaryDirectory();
  const clock = fakeClock(Date.now());
  const log: string[] = [];
  const config = readConfig({
    PORT: "0",
    HTTP_PORT: "0",
    DATA_DIR: directory,
    SESSION_SECRET: randomBytes(32).toString("base64url"),
    ...environment,
  });
  const starting = runServers(config, {
    clock: realTime ? { now: Date.now } : clock,
    passwords,
    log: createLog("debug", (line) => log.push(line)),
  });
  starting.catch(() => rmSync(directory, { recursive: true, force: true }));
  const running = await starting;
  const ca = readFileSync(running.caFile ?? "", "utf8");
  let users = 0;
  const client = (): Client => new Client(running.port, ca);
  return {
    running,
    clock,
    directory,
    log,
    client,
    async signedIn(username = `user-${++users}`) {
      const device = client();
      const reply = await device.post("/signup", { json: { username, password: PASSWORD } });
      if (reply.status !== 201) throw new Error(`sign-up failed: ${reply.status} ${reply.text}`);
      return { client: device, username };
    },
    async stop() {
      await running.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** One application for all tests of a `describe`. */
export function useApplication(environment?: Record<string, string>, options?: Options): () => Application {
  let application: Application | undefined;
  before(async () => {
    application = await startApplication(environment, options);
  });
  after(() => application?.stop());
  return () => {
    if (!application) throw new Error("the application is not running");
    return application;
  };
}

/** Logs an existing user in. */
export async function logIn(client: Client, username: string, password: string = PASSWORD): Promise<void> {
  const reply = await client.post("/login", { json: { username, password } });
  if (reply.status !== 200) throw new Error(`log-in failed: ${reply.status} ${reply.text}`);
}
