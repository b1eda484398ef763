import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:https";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { found, startPostgres, startRedis, startRedisCluster } from "test-servers";
import { PASSWORD } from "../support/application.ts";
import type { Client } from "../support/client.ts";
import { Cluster, WORKERS, workerOf } from "../support/cluster.ts";
import { Load } from "../support/load.ts";
import { type Process, program, useProcesses } from "../support/process.ts";

const CLUSTER = program("cluster.ts");

interface Overview {
  readonly sessions: readonly { readonly handle: string; readonly user: { readonly name: string } | null }[];
  readonly events: readonly { readonly id: number; readonly type: string; readonly who: string }[];
}

interface Store {
  readonly name: string;
  /** Why there is none. */
  readonly skip?: string | false;
  /** Default: what the application takes by itself. */
  readonly url?: string | undefined;
}

function behavesAsOne({ name, skip = false, url = "" }: Store): void {
  describe(`four processes on ${name}`, { skip }, () => {
    const { start } = useProcesses();
    let running: Process;
    let cluster: Cluster;
    let visitor: Client;
    let users = 0;

    before(async () => {
      running = start(CLUSTER, { OPERATORS: "operator", STORE_URL: url });
      visitor = await running.client();
      cluster = new Cluster(running);
    });
    after(() => cluster.close());

    const signUp = async (worker: number, username = `user-${++users}`) => {
      const client = visitor.another();
      const json = { username, password: PASSWORD };
      assert.equal((await cluster.ask(worker, client, "/signup", { method: "POST", json })).status, 201);
      return { client, username };
    };
    const statusOn = async (worker: number, client: Client): Promise<number> =>
      (await cluster.ask(worker, client, "/dashboard", { as: "json" })).status;

    it("say where they are once, when all of them take requests", () => {
      assert.equal(running.said.out.match(/Server running on port/g)?.length, 1);
      assert.match(running.said.out, /Process 4 of 4 is ready\nServer running/);
      const pids = new Set(WORKERS.map((worker) => cluster.pidOf(worker)));
      assert.equal(pids.size, 4);
    });

    it("accept a session that any of them began, and refuse one that any of them ended", async () => {
      const { client, username } = await signUp(1);
      const devices = [client];
      for (const worker of [2, 3, 4]) {
        const device = visitor.another();
        const json = { username, password: PASSWORD };
        assert.equal((await cluster.ask(worker, device, "/login", { method: "POST", json })).status, 200);
        devices.push(device);
      }
      for (const device of devices) {
        for (const worker of WORKERS) assert.equal(await statusOn(worker, device), 200);
      }
      // Each ends the session that began on the worker before its own, and does so on the worker after it.
      for (const [ended, ending, worker] of [
        [0, 1, 3],
        [1, 2, 4],
        [2, 3, 1],
      ] as const) {
        const [victim, device] = [devices[ended], devices[ending]];
        assert.ok(victim && device);
        const { handle } = (await cluster.ask(worker, victim, "/api/session")).json<{ handle: string }>();
        const path = `/account/sessions/${handle}`;
        assert.equal((await cluster.ask(worker, device, path, { method: "DELETE" })).status, 200);
        for (const other of WORKERS) assert.equal(await statusOn(other, victim), 401, `on ${other}`);
      }
    });

    it("show operators the sessions and events of all, in one order, and end sessions for all", async () => {
      const { client: operator } = await signUp(1, "operator");
      const { client: overseen, username } = await signUp(2);
      const overviews: Overview[] = [];
      for (const worker of WORKERS) {
        const overview = await settled(
          async () => (await cluster.ask(worker, operator, "/operator", { as: "json" })).json<Overview>(),
          ({ events }) => events.some(({ who }) => who === username),
        );
        overviews.push(overview);
      }
      const seen = overviews.map(({ events }) =>
        events.filter(({ who }) => who === username).map(({ id, type }) => `${id} ${type}`),
      );
      for (const events of seen) assert.deepEqual(events, seen[0]);
      const theirs = overviews[3]?.sessions.find(({ user }) => user?.name === username);
      assert.ok(theirs);
      const path = `/operator/sessions/${theirs.handle}/end`;
      assert.equal((await cluster.ask(4, operator, path, { method: "POST", as: "json" })).status, 200);
      for (const worker of WORKERS) assert.equal(await statusOn(worker, overseen), 401);
    });

    it("count wrong passwords together", async () => {
      const guess = { method: "POST", json: { username: "nobody", password: "wrong wrong wrong" } };
      const statuses: number[] = [];
      for (const worker of [1, 2, 3, 4, 1, 2]) {
        statuses.push((await cluster.ask(worker, visitor.another(), "/login", guess)).status);
      }
      assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429]);
    });

    it("go on when one is killed, with every session and every write that was acknowledged", async () => {
      const devices = [];
      for (const worker of [1, 2, 3]) devices.push((await signUp(worker)).client);
      const load = new Load(devices);
      const victim = cluster.pidOf(3);
      await load.replies(40);
      process.kill(victim, "SIGKILL");
      await running.line(/worker ended.* worker=3 ending=SIGKILL/, "error");
      await load.replies(40);
      await settled(
        async () => cluster.pidOf(3),
        (pid) => pid !== victim,
      );
      await load.replies(40);
      const { refused, cut } = await load.stop();
      assert.deepEqual(refused, [], "nobody is logged out, and nothing is an error");
      assert.ok(cut <= devices.length, `only replies under way were cut off: ${cut}`);
      for (const worker of WORKERS) {
        for (const device of devices) assert.equal(await statusOn(worker, device), 200);
      }
      await load.check();
    });

    it("finish their requests when told to stop, and all end with 0", async () => {
      const body = JSON.stringify({ username: "", password: "" });
      const underWay = await Promise.all(WORKERS.map(() => requestUnderWay(visitor, body)));
      running.child.kill("SIGTERM");
      await refusesConnections(visitor.port);
      const statuses = underWay.map(async (outgoing) => {
        outgoing.end(body);
        const [reply] = await once(outgoing, "response");
        reply.resume();
        return reply.statusCode;
      });
      assert.deepEqual(await Promise.all(statuses), [400, 400, 400, 400]);
      assert.equal(await running.ended, 0, running.said.error);
      for (const worker of WORKERS) assert.throws(() => process.kill(cluster.pidOf(worker), 0));
    });
  });
}

const redis = await found(() => startRedis());
const nodes = await found(() => startRedisCluster());
const postgres = await found(() => startPostgres());
after(async () => {
  for (const { server } of [redis, nodes, postgres]) await server?.stop();
});

behavesAsOne({ name: "an SQLite file" });
behavesAsOne({ name: "Redis", skip: redis.skip, url: redis.server?.url });
behavesAsOne({
  name: "a Redis Cluster",
  skip: nodes.skip,
  url: nodes.server?.urls.join(",").replace("redis:", "redis+cluster:").replaceAll(",redis://", ","),
});
behavesAsOne({ name: "PostgreSQL", skip: postgres.skip, url: postgres.server?.url });

describe("npm run cluster", () => {
  const { start } = useProcesses();

  it("ends with 0 on SIGTERM, and answers nobody else which process it was", {
    timeout: 60_000,
  }, async () => {
    const npm = start(["npm", "run", "cluster", "--silent", "--ignore-scripts"], {
      NODE_ENV: "production",
      WORKERS: "2",
    });
    const client = await npm.client();
    const reply = await client.get("/healthz");
    assert.deepEqual([reply.status, reply.text], [200, '{"status":"ok"}']);
    assert.ok(Number.isNaN(workerOf(reply)));
    npm.child.kill("SIGTERM");
    assert.equal(await npm.ended, 0);
    await assert.rejects(client.get("/healthz"), { code: "ECONNREFUSED" });
  });

  it("ends with 0 on SIGTERM while processes are starting, at once", { timeout: 60_000 }, async () => {
    const running = start(CLUSTER);
    // The others have just been made.
    await running.line(/Process 1 of 4 is ready/);
    const told = performance.now();
    running.child.kill("SIGTERM");
    assert.equal(await running.ended, 0, running.said.error);
    assert.ok(performance.now() - told < 15_000, "nobody had to be cut off");
  });

  it("refuses to start with one line, said once", async () => {
    const wrong: readonly [environment: Record<string, string>, line: RegExp][] = [
      [{ STORE_URL: "memory:" }, /^STORE_URL: memory: belongs to one process/],
      [{ WORKERS: "none" }, /^WORKERS: /],
      [{ SESSION_SECRET: "keyboard cat" }, /^SESSION_SECRET: /],
    ];
    for (const [environment, line] of wrong) {
      const refused = start(CLUSTER, environment);
      assert.equal(await refused.ended, 1);
      assert.match(refused.said.error, line);
      assert.equal(refused.said.error.trim().split("\n").length, 1, refused.said.error);
      assert.equal(refused.said.out, "");
    }
  });

  it("refuses a port that is in use, once, and leaves no process behind", async () => {
    const first = start(program("server.ts"));
    const { port } = await first.client();
    const second = start(CLUSTER, { PORT: String(port) });
    assert.equal(await second.ended, 1);
    assert.equal(second.said.error.match(/PORT: port \d+ is in use/g)?.length, 1, second.said.error);
  });
});

/** Sends the head of a sign-up and waits until the server has asked for the rest. */
async function requestUnderWay({ port }: Client, body: string) {
  const outgoing = request({
    port,
    path: "/signup",
    method: "POST",
    rejectUnauthorized: false,
    agent: false,
    headers: { "content-type": "application/json", "content-length": body.length, expect: "100-continue" },
  });
  outgoing.flushHeaders();
  await once(outgoing, "continue");
  return outgoing;
}

async function refusesConnections(port: number): Promise<void> {
  await settled(
    () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, "localhost", () => {
          socket.destroy();
          resolve(false);
        });
        socket.on("error", () => resolve(true));
      }),
    (refused) => refused,
  );
}

async function settled<T>(ask: () => Promise<T>, enough: (answer: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 1000; tries++) {
    const answer = await ask();
    if (enough(answer)) return answer;
    await delay(20);
  }
  return assert.fail("it did not come about");
}
