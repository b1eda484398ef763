import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, rmSync, statSync } from "node:fs";
import { request } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { logIn, PASSWORD, temporaryDirectory } from "./support/application.ts";
import { Client } from "./support/client.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SERVER = fileURLToPath(new URL("../src/server.ts", import.meta.url));

interface Process {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly said: { out: string; error: string };
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Waits for a line on standard output. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
}

describe("the process", () => {
  const directories: string[] = [];
  const children: ChildProcess[] = [];
  const newDirectory = (): string => {
    const directory = temporaryDirectory();
    directories.push(directory);
    return directory;
  };
  after(() => {
    for (const child of children) child.kill("SIGKILL");
    for (const directory of directories) rmSync(directory, { recursive: true });
  });

  const start = (
    environment: Record<string, string>,
    [command, ...args]: readonly [string, ...string[]] = [process.execPath, "--import", "tsx", SERVER],
  ): Process => {
    const directory = environment.DATA_DIR ?? newDirectory();
    const child = spawn(command, args, {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH ?? "",
        PORT: "0",
        HTTP_PORT: "0",
        SESSION_SECRET: randomBytes(32).toString("base64url"),
        DATA_DIR: directory,
        ...environment,
      },
    });
    children.push(child);
    const said = { out: "", error: "" };
    child.stdout.on("data", (chunk: Buffer) => {
      said.out += chunk;
    });
    child.stderr.on("data", (chunk: Buffer) => {
      said.error += chunk;
    });
    const ended = once(child, "close").then(([code, signal]) => code ?? signal);
    const line = async (pattern: RegExp): Promise<RegExpExecArray> => {
      for (;;) {
        const match = pattern.exec(said.out);
        if (match) return match;
        const outcome = await Promise.race([once(child.stdout, "data"), ended]);
        if (!Array.isArray(outcome)) assert.fail(`ended with ${outcome}: ${said.error}`);
      }
    };
    return { child, said, ended, line };
  };

  const clientOf = async (server: Process, directory: string): Promise<Client> => {
    const [, port] = await server.line(/Server running on port (\d+)/);
    return new Client(Number(port), readFileSync(join(directory, "tls", "ca.pem"), "utf8"));
  };

  const refusesConnections = async (client: Client): Promise<void> => {
    for (;;) {
      const refused = await client.get("/healthz").then(
        () => false,
        () => true,
      );
      if (refused) return;
    }
  };

  it("says where it is, keeps accounts and sessions over a restart, and ends with 0 on SIGTERM", async () => {
    const directory = newDirectory();
    const environment = { DATA_DIR: directory, SESSION_SECRET: randomBytes(32).toString("base64url") };
    const first = start(environment);
    const client = await clientOf(first, directory);
    await first.line(/https:\/\/localhost:\d+\n/);
    await first.line(/ca\.pem/);
    assert.equal(
      (await client.post("/signup", { json: { username: "ada", password: PASSWORD } })).status,
      201,
    );
    assert.equal(statSync(join(directory, "app.db")).mode & 0o777, 0o600);
    first.child.kill("SIGTERM");
    assert.equal(await first.ended, 0);
    const log = statSync(join(directory, "app.db-wal"), { throwIfNoEntry: false });
    assert.equal(log?.size ?? 0, 0, "the database's file is whole");

    const second = start(environment);
    const [, port] = await second.line(/Server running on port (\d+)/);
    const again = new Client(Number(port), readFileSync(join(directory, "tls", "ca.pem"), "utf8"));
    for (const [name, value] of client.cookies) again.cookies.set(name, value);
    assert.equal((await again.get("/dashboard")).status, 200, "the session is still there");
    await logIn(again, "ada");
    second.child.kill("SIGINT");
    assert.equal(await second.ended, 0);
  });

  it("finishes the requests it has when told to stop, and takes no more", async () => {
    const directory = newDirectory();
    const server = start({ DATA_DIR: directory });
    const client = await clientOf(server, directory);
    const body = JSON.stringify({ username: "ada", password: PASSWORD });
    const underWay = request({
      port: client.port,
      path: "/signup",
      method: "POST",
      rejectUnauthorized: false,
      headers: { "content-type": "application/json", "content-length": body.length, expect: "100-continue" },
    });
    underWay.flushHeaders();
    await once(underWay, "continue");
    server.child.kill("SIGTERM");
    await refusesConnections(client);
    underWay.end(body);
    const [reply] = await once(underWay, "response");
    assert.equal(reply.statusCode, 201);
    reply.resume();
    assert.equal(await server.ended, 0);
  });

  it("ends with 0 where the signal goes to npm start, and leaves no server behind", {
    timeout: 20_000,
  }, async () => {
    const directory = newDirectory();
    // Without the build that comes before it: it would take files away from under other tests.
    const npm = start({ DATA_DIR: directory }, ["npm", "start", "--silent", "--ignore-scripts"]);
    const client = await clientOf(npm, directory);
    npm.child.kill("SIGTERM");
    assert.equal(await npm.ended, 0);
    await assert.rejects(client.get("/healthz"), { code: "ECONNREFUSED" });
  });

  it("does not wait for a connection that says nothing", async () => {
    const directory = newDirectory();
    const server = start({ DATA_DIR: directory });
    const client = await clientOf(server, directory);
    const silent = connect(client.port, "localhost");
    silent.on("error", () => {});
    await once(silent, "connect");
    await client.get("/healthz");
    const began = Date.now();
    server.child.kill("SIGTERM");
    assert.equal(await server.ended, 0);
    assert.ok(Date.now() - began < 3000);
    silent.destroy();
  });

  it("refuses to start with one line that names the variable", async () => {
    const wrong: readonly [environment: Record<string, string>, line: RegExp][] = [
      [{ PORT: "many" }, /^PORT: "many" is not a port/],
      [{ SESSION_SECRET: "keyboard cat" }, /^SESSION_SECRET: /],
      [{ SESSION_SECRET: "", NODE_ENV: "production" }, /^SESSION_SECRET: /],
    ];
    const refused = wrong.map(async ([environment, line]) => {
      const server = start(environment);
      assert.equal(await server.ended, 1);
      assert.match(server.said.error, line);
      assert.equal(server.said.error.trim().split("\n").length, 1, server.said.error);
      assert.ok(!server.said.error.includes("keyboard cat"));
      assert.equal(server.said.out, "");
    });
    await Promise.all(refused);
  });
});
