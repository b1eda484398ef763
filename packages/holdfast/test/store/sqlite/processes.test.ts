import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { StoredRecord } from "../../../src/store/contract.ts";
import { SqliteStore } from "../../../src/store/sqlite.ts";
import { databaseFor } from "../databases.ts";
import { NOW, newHandle, record, text } from "../records.ts";

const WORKER = fileURLToPath(new URL("worker.ts", import.meta.url));

type Worker = ChildProcessByStdio<Writable, Readable, null>;

function start(...args: string[]): Worker {
  return spawn(process.execPath, ["--import", "tsx", WORKER, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
}

/** Kills a writing process after so many lines, with no warning, and returns what it had said by then. */
async function killAfter(lines: number, path: string): Promise<string[]> {
  const child = start("write", path);
  const said: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    if (said.push(line) === lines) child.kill("SIGKILL");
  }
  assert.equal(child.signalCode ?? (await once(child, "exit"))[1], "SIGKILL");
  return said;
}

/** Starts counting processes, lets them go once all are ready, and returns what each says after that. */
async function countTogether(path: string, handle: string, times: readonly number[]): Promise<string[][]> {
  const workers = times.map((count) => start("count", path, handle, String(count)));
  const outputs = workers.map((worker) => createInterface(worker.stdout)[Symbol.asyncIterator]());
  for (const output of outputs) assert.equal((await output.next()).value, "ready");
  for (const worker of workers) worker.stdin.end("go");
  return Promise.all(
    outputs.map(async (output) => {
      const said: string[] = [];
      for await (const line of output) said.push(line);
      return said;
    }),
  );
}

describe("an SQLite file that several processes use", () => {
  it("has every acknowledged change after kill -9 in the middle of writing", async (t) => {
    const path = databaseFor(t);
    const said: string[] = [];
    for (const lines of [300, 1_001]) said.push(...(await killAfter(lines, path)));
    const last = new Map(said.map((line) => line.split(" ").reverse() as [string, string]));
    const store = new SqliteStore(path);
    t.after(() => store.close());
    const counts = { created: 0, updated: 0, deleted: 0 };
    for (const [handle, act] of last) {
      const found = store.read(handle, NOW) as StoredRecord | null;
      // What followed the last word may have happened too, but was not acknowledged.
      const expected = { created: [1, 2], updated: [2, 0], deleted: [0] }[act];
      assert.ok(
        expected?.includes(found?.version ?? 0),
        `${handle} was ${act} and is ${found?.version ?? "absent"}`,
      );
      counts[act as keyof typeof counts] += 1;
    }
    for (const count of Object.values(counts)) assert.ok(count > 50);
    assert.equal(store.create(newHandle(), record(), NOW), "created");
  });

  it("is made once and loses no count when processes open it anew and count up one session at once", async (t) => {
    const path = databaseFor(t);
    const handle = newHandle();
    const outputs = await countTogether(path, handle, [600, 600, 600]);
    assert.deepEqual(outputs.map(([created]) => created).sort(), ["created", "exists", "exists"]);
    const clashes = outputs.map(([, line]) => Number(line?.replace("clashes ", "")));
    assert.ok(Math.max(...clashes) > 0, "they did not work at the same time");
    const store = new SqliteStore(path);
    t.after(() => store.close());
    const found = store.read(handle, NOW) as StoredRecord | null;
    assert.equal(text(found?.body), "1800");
    assert.equal(found?.version, 1801);
  });
});
