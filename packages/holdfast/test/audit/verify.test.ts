import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import { type AuditHead, type AuditVerification, auditLog, verifyAuditLog } from "../../src/audit/index.ts";
import { codeOf, strongSecret } from "../support/session-app.ts";
import { event, Trail } from "../support/trails.ts";

const COUNT = 12;

/** A trail of twelve lines, and what a verification says once its bytes are others. */
async function sample(test: TestContext) {
  const trail = new Trail(test);
  const log = await trail.write(COUNT);
  const bytes = readFileSync(trail.file);
  const lines = trail.text().split(/(?<=\n)/);
  const copy = join(trail.folder, "copy.log");
  const verify = (content: string | Uint8Array, head?: AuditHead): Promise<AuditVerification> => {
    writeFileSync(copy, content);
    return verifyAuditLog(copy, { key: trail.key, head });
  };
  return { trail, head: log.head(), bytes, lines, verify };
}

const line = fc.nat(COUNT - 1);

describe("a verification", () => {
  it("finds a trail as it was written, and says how long it is and where it ends", async (test) => {
    const { trail, head } = await sample(test);
    const whole = { ok: true, count: COUNT, gaps: 0, head };
    assert.deepEqual(await verifyAuditLog(trail.file, { key: trail.key }), whole);
    assert.deepEqual(await verifyAuditLog(trail.file, { key: trail.key, head }), whole);
  });

  it("accepts a head that was kept when the trail was shorter", async (test) => {
    const trail = new Trail(test);
    const start = trail.open().head();
    assert.equal(start.seq, 0);
    const head = (await trail.write(3)).head();
    await trail.write(3);
    for (const kept of [start, head]) {
      const result = await verifyAuditLog(trail.file, { key: trail.key, head: kept });
      assert.equal(result.ok && result.count, 6);
    }
  });

  it("finds any single byte that was changed, in its line", async (test) => {
    const { bytes, lines, verify } = await sample(test);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const edited = Buffer.from(bytes);
        edited[at] = (edited[at] ?? 0) ^ change;
        let [number, end] = [0, 0];
        while (end <= at) end += Buffer.byteLength(lines[number++] ?? "");
        const result = await verify(edited);
        assert.equal(result.ok, false);
        // A new line feed inside a line leaves a first part, which is bad at the same place.
        assert.equal(!result.ok && result.line, number);
      }),
      { numRuns: 300 },
    );
  });

  it("finds any single byte that was taken out or put in", async (test) => {
    const { bytes, verify } = await sample(test);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), async (at, byte, isIn) => {
        const parts = [bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(isIn ? at : at + 1)];
        const edited = Buffer.concat(isIn ? parts : [bytes.subarray(0, at), bytes.subarray(at + 1)]);
        assert.equal((await verify(edited)).ok, false);
      }),
      { numRuns: 200 },
    );
  });

  it("finds a byte that was changed for one that is read as the same character", async (test) => {
    const trail = new Trail(test);
    const log = trail.open();
    log({ type: "session_logout", at: "2026-01-01T00:00:00.000Z", user: "\ufffd" });
    await log.close();
    const edited = Buffer.from(
      readFileSync(trail.file).toString("latin1").replace("\u00ef\u00bf\u00bd", "\u00ff"),
      "latin1",
    );
    assert.notDeepEqual(edited, readFileSync(trail.file));
    writeFileSync(trail.file, edited);
    assert.equal((await verifyAuditLog(trail.file, { key: trail.key })).ok, false);
  });

  it("finds any line that was removed", async (test) => {
    const { head, lines, verify } = await sample(test);
    await fc.assert(
      fc.asyncProperty(line, async (at) => {
        const result = await verify(lines.toSpliced(at, 1).join(""), head);
        const reason = at === COUNT - 1 ? "cut" : "removed";
        assert.deepEqual(result, { ok: false, line: at + 1, reason });
      }),
    );
  });

  it("finds any line that is there twice", async (test) => {
    const { lines, verify } = await sample(test);
    await fc.assert(
      fc.asyncProperty(line, line, async (from, to) => {
        const result = await verify(lines.toSpliced(to, 0, lines[from] ?? "").join(""));
        // A copy right before or behind its original: the second of the two is the one too many.
        const bad = from === to ? to + 2 : to + 1;
        assert.deepEqual(result, { ok: false, line: bad, reason: "reordered" });
      }),
    );
  });

  it("finds any two lines that were exchanged", async (test) => {
    const { lines, verify } = await sample(test);
    await fc.assert(
      fc.asyncProperty(line, line, async (one, other) => {
        fc.pre(one !== other);
        const swapped = lines.with(one, lines[other] ?? "").with(other, lines[one] ?? "");
        const result = await verify(swapped.join(""));
        assert.deepEqual(result, { ok: false, line: Math.min(one, other) + 1, reason: "reordered" });
      }),
    );
  });

  it("finds an end that was cut off by the head kept elsewhere, wherever the cut", async (test) => {
    const { bytes, head, lines, verify } = await sample(test);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), async (at) => {
        assert.equal((await verify(bytes.subarray(0, at), head)).ok, false);
      }),
    );
    const short = lines.slice(0, 5).join("");
    assert.deepEqual(await verify(short, head), { ok: false, line: 6, reason: "cut" });
    assert.deepEqual(await verify("", head), { ok: false, line: 1, reason: "cut" });
    assert.equal((await verify(short)).ok, true, "without it, nothing shows");
    assert.deepEqual(await verify(bytes.subarray(0, -1)), { ok: false, line: COUNT, reason: "torn" });
  });

  it("tells another trail under the same key from the one whose head was kept", async (test) => {
    const { trail, head, verify } = await sample(test);
    const other = await sample(test);
    Object.assign(other.trail, { key: trail.key, file: join(other.trail.folder, "other.log") });
    const log = other.trail.open();
    for (let i = 0; i <= COUNT; i++) log({ type: "session_created", at: "2026-01-01T00:00:00.000Z" });
    await log.close();
    assert.equal((await verify(other.trail.text())).ok, true);
    assert.deepEqual(await verify(other.trail.text(), head), { ok: false, line: COUNT, reason: "replaced" });
  });

  it("finds a line that stands at the same place of another trail under the same key", async (test) => {
    const { trail, lines, verify } = await sample(test);
    const file = join(trail.folder, "other.log");
    const log = auditLog(file, { key: trail.key });
    for (let i = 0; i < COUNT; i++) log(event(100 + i));
    await log.close();
    const others = readFileSync(file, "utf8").split(/(?<=\n)/);
    for (let at = 1; at < COUNT; at++) {
      const result = await verify(lines.with(at, others[at] ?? "").join(""));
      assert.deepEqual(result, { ok: false, line: at + 1, reason: "edited" });
    }
  });

  it("tells edited lines, lines that are no JSON, and a wrong key apart", async (test) => {
    const { trail, bytes, lines, verify } = await sample(test);
    const edit = (at: number, from: string, to: string) =>
      verify(lines.with(at, (lines[at] ?? "").replace(from, to)).join(""));
    assert.deepEqual(await edit(0, "user 0", "user 9"), { ok: false, line: 1, reason: "edited" });
    assert.deepEqual(await edit(5, "user 5", "user 9"), { ok: false, line: 6, reason: "edited" });
    assert.deepEqual(await edit(5, '"mac"', '"MAC"'), { ok: false, line: 6, reason: "edited" });
    assert.deepEqual(await edit(5, "{", ""), { ok: false, line: 6, reason: "not_json" });
    writeFileSync(trail.file, bytes);
    const result = await verifyAuditLog(trail.file, { key: strongSecret() });
    assert.deepEqual(result, { ok: false, line: 1, reason: "wrong_key" });
  });

  it("keeps no more than a line of any file in memory, and calls endless ones bad", async (test) => {
    const { verify } = await sample(test);
    assert.deepEqual(await verify(Buffer.alloc(5_000_000, "x")), { ok: false, line: 1, reason: "not_json" });
  });

  it("fails with a code of its own where it cannot read, and for a key or head that is none", async (test) => {
    const { trail, head } = await sample(test);
    const code = (file: string, key: string | undefined, kept?: AuditHead) =>
      codeOf(verifyAuditLog(file, { key, head: kept }));
    assert.equal(await code(join(trail.folder, "none"), trail.key), "ERR_HOLDFAST_AUDIT_FILE");
    assert.equal(await code(trail.folder, trail.key), "ERR_HOLDFAST_AUDIT_FILE");
    assert.equal(await code(trail.file, undefined), "ERR_HOLDFAST_SECRET_MISSING");
    assert.equal(await code(trail.file, "x".repeat(40)), "ERR_HOLDFAST_SECRET_WEAK");
    assert.equal(await code(trail.file, trail.key, { ...head, seq: -1 }), "ERR_HOLDFAST_OPTION");
    assert.equal(await code(trail.file, trail.key, { ...head, mac: "" }), "ERR_HOLDFAST_OPTION");
  });
});
