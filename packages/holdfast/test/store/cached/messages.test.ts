import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decode, encode, type Message, MOST_CHARACTERS } from "../../../src/store/cached/message.ts";
import { newHandle, record } from "../../../src/testing/conformance/trial.ts";
import { type CacheNode, LEASE, MAX_STALE, Nodes, settled, watched } from "./nodes.ts";

const NOW = Date.UTC(2026, 0, 1);

const nodeId = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((it) => Buffer.from(it).toString("base64url"));
const plain = { noNullPrototype: true } as const;
const change = fc.record(
  {
    kind: fc.constantFrom("handles" as const, "users" as const, "key" as const, "everything" as const),
    names: fc.array(nodeId, { maxLength: 64 }),
  },
  plain,
);
const message: fc.Arbitrary<Message> = fc.record({
  from: nodeId,
  ping: fc.nat(),
  changes: fc.array(fc.record({ number: fc.nat(), change }, plain), { maxLength: 30 }),
  acks: fc.uniqueArray(
    fc.record({ to: nodeId, numbers: fc.array(fc.nat(), { minLength: 1, maxLength: 500 }) }),
    {
      selector: ({ to }) => to,
      maxLength: 5,
    },
  ),
});

describe("messages between processes", () => {
  it("arrive as they were sent, in as many pieces as the limit asks for", () => {
    fc.assert(
      fc.property(message, (sent) => {
        const texts = encode(sent);
        assert.ok(texts.every((text) => text.length <= MOST_CHARACTERS));
        const received = texts.map((text) => decode(text) ?? assert.fail("refused"));
        assert.ok(received.every(({ from }) => from === sent.from));
        assert.equal(
          received.reduce((ping, it) => Math.max(ping, it.ping), 0),
          sent.ping,
        );
        assert.deepEqual(
          received.flatMap(({ changes }) => changes),
          sent.changes,
        );
        for (const { to, numbers } of sent.acks) {
          const acks = received.flatMap(({ acks }) => acks).filter((ack) => ack.to === to);
          assert.deepEqual(
            acks.flatMap((ack) => ack.numbers),
            numbers,
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  it("of any other shape are ignored, whatever they are", () => {
    const wire = fc.record({
      v: fc.constantFrom(1, 1, 1, 2, "1"),
      from: fc.oneof(nodeId, fc.jsonValue()),
      ping: fc.oneof(fc.nat(), fc.jsonValue()),
      changes: fc.oneof(
        fc.jsonValue(),
        fc.array(
          fc.tuple(fc.nat(), fc.constantFrom("handles", "users"), fc.array(fc.oneof(nodeId, fc.jsonValue()))),
          { maxLength: 3 },
        ),
      ),
      acks: fc.oneof(fc.jsonValue(), fc.array(fc.tuple(fc.jsonValue(), fc.jsonValue()))),
    });
    const hostile = fc.oneof(
      fc.string(),
      fc.json(),
      wire.map((it) => JSON.stringify(it)),
      fc.anything(),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        const found = decode(text);
        if (found === undefined) return;
        // What is let through is of the right shape.
        assert.deepEqual(encode(found).map(decode).length <= 1, true);
        for (const { number, change } of found.changes) {
          assert.ok(Number.isSafeInteger(number));
          assert.ok(change.names.every((name) => typeof name === "string" && name.length <= 100));
        }
      }),
      { numRuns: 2_000 },
    );
    assert.equal(
      decode(
        JSON.stringify({ v: 1, from: newHandle(), ping: 0, changes: [], acks: [], x: "x".repeat(8_000) }),
      ),
      undefined,
    );
  });
});

describe("somebody else on the channel", () => {
  async function twoNodes() {
    const nodes = new Nodes();
    const [one, two] = (await nodes.serving(2)) as [CacheNode, CacheNode];
    const handle = newHandle();
    await one.cache.create(handle, record(NOW), NOW);
    await two.cache.read(handle, NOW);
    return { nodes, one, two, handle, stranger: nodes.network.join() };
  }

  it("can cost a process its memory, and nothing more", async () => {
    const { one, two, handle, stranger } = await twoNodes();
    const from = randomBytes(16).toString("base64url");
    const forged = {
      from,
      ping: 1,
      changes: [{ number: 1, change: { kind: "everything", names: [] } }],
      acks: [],
    } as const;
    for (const text of encode(forged)) await stranger.publish(text);
    await settled();
    assert.equal(two.cache.state.entries, 0);
    assert.ok(await two.cache.read(handle, NOW));
    assert.equal(await one.cache.delete(handle, NOW), true);
    assert.equal(await two.cache.read(handle, NOW), null);
  });

  it("cannot let a revoke resolve early without the name of the process it waits for, and not by more than maxStale with it", async () => {
    const { nodes, one, two, handle, stranger } = await twoNodes();
    nodes.network.passes = (_message, from, to) => from === to || from === 2;
    const waiting = watched(one.cache.delete(handle, NOW));
    await settled();
    const [last] = nodes.network.sent.slice(-1);
    const sent = decode(last) ?? assert.fail();
    const numbers = sent.changes.map(({ number }) => number);
    const ack = (from: string) => encode({ from, ping: 0, changes: [], acks: [{ to: sent.from, numbers }] });
    for (const text of ack(randomBytes(16).toString("base64url"))) await stranger.publish(text);
    await settled();
    assert.equal(waiting.done, false);
    const names = nodes.network.sent.map((text) => decode(text)?.from);
    const name = names.find((it) => it !== sent.from) ?? assert.fail();
    for (const text of ack(name)) await stranger.publish(text);
    await waiting.promise;
    await nodes.pass(MAX_STALE);
    assert.equal(await two.cache.read(handle, NOW), null);
  });

  it("cannot make a deaf process believe that it hears, for whoever repeats its messages repeats old ones", async () => {
    const { nodes, two, stranger } = await twoNodes();
    const before = nodes.network.sent.slice();
    nodes.network.passes = (_message, from) => from === 2;
    for (let passed = 0; passed < 2 * LEASE; passed += 500) {
      for (const text of before) await stranger.publish(text);
      await nodes.pass(500);
    }
    assert.equal(two.cache.state.serving, false);
  });
});
