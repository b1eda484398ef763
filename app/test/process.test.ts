import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { statSync } from "node:fs";
import { request } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { logIn, PASSWORD } from "./support/application.ts";
import type { Client } from "./support/client.ts";
import { program, useProcesses } from "./support/process.ts";

const SERVER = program("server.ts");

describe("the process", () => {
  const { start, newDirectory } = useProcesses();

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
    const first = start(SERVER, environment);
    const client = await first.client();
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

    const second = start(SERVER, environment);
    const again = await second.client();
    for (const [name, value] of client.cookies) again.cookies.set(name, value);
    assert.equal((await again.get("/dashboard")).status, 200, "the session is still there");
    await logIn(again, "ada");
    second.child.kill("SIGINT");
    assert.equal(await second.ended, 0);
  });

  it("finishes the requests it has when told to stop, and takes no more", async () => {
    const server = start(SERVER);
    const client = await server.client();
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
    // Without the build that comes before it: it would take files away from under other tests.
    const npm = start(["npm", "start", "--silent", "--ignore-scripts"]);
    const client = await npm.client();
    npm.child.kill("SIGTERM");
    assert.equal(await npm.ended, 0);
    await assert.rejects(client.get("/healthz"), { code: "ECONNREFUSED" });
  });

  it("does not wait for a connection that says nothing", async () => {
    const server = start(SERVER);
    const client = await server.client();
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
      const server = start(SERVER, environment);
      assert.equal(await server.ended, 1);
      assert.match(server.said.error, line);
      assert.equal(server.said.error.trim().split("\n").length, 1, server.said.error);
      assert.ok(!server.said.error.includes("keyboard cat"));
      assert.equal(server.said.out, "");
    });
    await Promise.all(refused);
  });
});
