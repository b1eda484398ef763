import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { newHandle, newUser, record } from "../../../src/testing/conformance/trial.ts";
import { LEASE, Nodes } from "./nodes.ts";

const NOW = Date.UTC(2026, 0, 1);
const PROCESSES = 3;

const step = fc.record({
  process: fc.nat(PROCESSES - 1),
  session: fc.nat(2),
  act: fc.constantFrom("read", "read", "read", "read", "update", "update", "delete", "deleteUser"),
  passes: fc.constantFrom(0, 0, 0, 1, 50, 700, 2_500),
});

/** What the network does to messages meanwhile, from 0 to 1: how many are lost, and how many are late. */
const weather = fc.record({
  lost: fc.constantFrom(0, 0.1, 0.5, 1),
  late: fc.constantFrom(0, 0.5),
  seed: fc.nat(),
});

function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

describe("any history of processes that cache", () => {
  it("has no read that finds less than what was answered before it began, whatever becomes of the messages", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 80 }),
        weather,
        async (steps, { lost, late, seed }) => {
          const random = randomFrom(seed);
          const nodes = new Nodes();
          await nodes.serving(PROCESSES);
          const user = newUser();
          const sessions = Array.from({ length: 3 }, () => ({
            handle: newHandle(),
            version: 1,
            isOver: false,
          }));
          for (const { handle } of sessions) await nodes.shared.create(handle, record(NOW, { user }), NOW);
          nodes.network.passes = (_message, from, to) => from === to || random() >= lost;
          nodes.network.carry = (deliver) =>
            random() < late ? nodes.all[0]?.tools.later(deliver, 1_000 * random()) : setImmediate(deliver);
          const running: Promise<void>[] = [];
          for (const { process, session, act, passes } of steps) {
            const { cache } = nodes.all[process] ?? assert.fail();
            const it = sessions[session] ?? assert.fail();
            const run = async (): Promise<void> => {
              const { version, isOver } = it;
              if (act === "read") {
                const found = await cache.read(it.handle, NOW);
                if (isOver) assert.equal(found, null, "it came back");
                else assert.ok(found === null || found.version >= version, "an answered change was not seen");
              } else if (act === "update") {
                const base = await cache.read(it.handle, NOW);
                if (base === null || !(await cache.update(it.handle, base.version, base, NOW))) return;
                it.version = Math.max(it.version, base.version + 1);
              } else if (act === "delete") {
                await cache.delete(it.handle, NOW);
                it.isOver = true;
              } else {
                await cache.deleteUser([user], NOW);
                for (const each of sessions) each.isOver = true;
              }
            };
            running.push(run());
            await new Promise(setImmediate);
            if (passes > 0) await nodes.pass(passes);
          }
          await nodes.pass(LEASE);
          await Promise.all(running);
        },
      ),
      { numRuns: 60 },
    );
  });
});
