import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  isAccepted,
  type KeyEntry,
  type KeyPlan,
  maintain,
  revoke,
  rotate,
  signingEntry,
  stateOf,
} from "../../src/keys/schedule.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 1);

const PLAN: KeyPlan = { every: 30 * DAY, propagation: HOUR, longestLife: 12 * HOUR };

/** Keys named by a count. */
function keys(): () => { id: string; secret: string } {
  let made = 0;
  return () => {
    const id = `k${String(made++).padStart(3, "0")}`;
    return { id, secret: `secret of ${id}` };
  };
}

const states = (entries: readonly KeyEntry[], now: number): string =>
  entries.map((entry) => `${entry.id} ${stateOf(entry, entries, now)}`).join(", ");

describe("the schedule of keys", () => {
  it("begins with a key that signs at once, since nobody else has one", () => {
    const entries = maintain([], START, PLAN, keys());
    assert.equal(states(entries, START), "k000 active");
    assert.equal(entries[0]?.retireAt, null);
  });

  it("leads a key through its life: pending, active, verifying, retired, gone", () => {
    const newKey = keys();
    let entries = maintain([], START, PLAN, newKey);
    const at = (time: number): string => {
      entries = maintain(entries, START + time, PLAN, newKey);
      return states(entries, START + time);
    };
    assert.equal(at(30 * DAY - HOUR - 1), "k000 active");
    assert.equal(at(30 * DAY - HOUR), "k001 pending, k000 active");
    assert.equal(at(30 * DAY - 1), "k001 pending, k000 active");
    assert.equal(at(30 * DAY), "k001 active, k000 verifying");
    // The longest life after it last signed, and a window for clocks that are behind.
    assert.equal(at(30 * DAY + 13 * HOUR - 1), "k001 active, k000 verifying");
    assert.equal(states(entries, START + 30 * DAY + 13 * HOUR), "k001 active, k000 retired");
    assert.equal(at(30 * DAY + 13 * HOUR), "k001 active");
    assert.equal(at(60 * DAY), "k002 pending, k001 active", "a start that is late leaves the whole window");
    assert.equal(at(60 * DAY + HOUR), "k002 active, k001 verifying");
  });

  it("gives back what it was given where nothing is to be done", () => {
    const newKey = keys();
    const entries = maintain([], START, PLAN, newKey);
    assert.equal(maintain(entries, START + DAY, PLAN, newKey), entries);
    const rotated = rotate(entries, START + DAY, PLAN, newKey);
    assert.equal(rotate(rotated, START + DAY + 1, PLAN, newKey), rotated, "one is on its way");
    assert.equal(revoke(rotated, "none", START + DAY, PLAN, newKey), rotated);
  });

  it("keeps a key for the longest life of any deployment that signs with it", () => {
    const newKey = keys();
    const short = maintain([], START, PLAN, newKey);
    const long = maintain(short, START + 1, { ...PLAN, longestLife: 30 * DAY }, newKey);
    const again = maintain(long, START + 2, PLAN, newKey);
    const rotated = rotate(again, START + 3, PLAN, newKey);
    assert.deepEqual(
      rotated.map(({ retireAt }) => retireAt),
      [null, START + 3 + HOUR + 30 * DAY + HOUR],
    );
    const raised = maintain(rotated, START + 4, { ...PLAN, longestLife: 40 * DAY }, newKey);
    assert.equal(
      raised[1]?.retireAt,
      START + 3 + HOUR + 40 * DAY + HOUR,
      "it still signs, until the window is over",
    );
    const late = maintain(raised, START + 3 + HOUR, { ...PLAN, longestLife: 50 * DAY }, newKey);
    assert.deepEqual(
      late.map(({ longestLife }) => longestLife / DAY),
      [50, 40],
      "nobody signs with the older one any more",
    );
  });

  it("lets the next key sign at once when the signing one is revoked, and makes one only if there is none", () => {
    const newKey = keys();
    const one = maintain([], START, PLAN, newKey);
    const alone = revoke(one, "k000", START + DAY, PLAN, newKey);
    assert.equal(states(alone, START + DAY), "k001 active, k000 revoked");
    const two = rotate(alone, START + 2 * DAY, PLAN, newKey);
    const next = revoke(two, "k001", START + 2 * DAY + 1, PLAN, newKey);
    assert.equal(states(next, START + 2 * DAY + 1), "k002 active, k001 revoked");
  });

  it("lets no key sign again that has been superseded, where a clock is behind a revocation", () => {
    const newKey = keys();
    const two = rotate(maintain([], START, PLAN, newKey), START, PLAN, newKey);
    const now = START + 10 * HOUR;
    const three = revoke(maintain(two, now, PLAN, newKey), "k001", now, PLAN, newKey);
    assert.equal(states(three, now), "k002 active, k001 revoked, k000 verifying");
    assert.equal(states(three, now - MINUTE), "k002 active, k001 revoked, k000 verifying");
  });

  it("takes a retirement back if the successor is revoked before it signs", () => {
    const newKey = keys();
    const two = rotate(maintain([], START, PLAN, newKey), START, PLAN, newKey);
    assert.notEqual(two[1]?.retireAt, null);
    const one = revoke(two, "k001", START + 1, PLAN, newKey);
    assert.equal(states(one, START + 1), "k001 revoked, k000 active");
    assert.equal(one[1]?.retireAt, null);
  });

  it("erases the secret of a key that is revoked", () => {
    const newKey = keys();
    const two = rotate(maintain([], START, PLAN, newKey), START, PLAN, newKey);
    assert.deepEqual(
      revoke(two, "k001", START + 1, PLAN, newKey).map(({ secret }) => secret),
      ["", "secret of k000"],
    );
  });

  it("erases the secret of a key that is retired, also while an older one is still needed", () => {
    const newKey = keys();
    const one = maintain([], START, { ...PLAN, longestLife: 90 * DAY }, newKey);
    const two = rotate(one, START, PLAN, newKey);
    const three = rotate(two, START + HOUR, PLAN, newKey);
    const now = START + 2 * HOUR + 13 * HOUR;
    const settled = maintain(three, now, PLAN, newKey);
    assert.equal(states(settled, now), "k002 active, k001 retired, k000 verifying");
    assert.deepEqual(
      settled.map(({ secret }) => secret),
      ["secret of k002", "", "secret of k000"],
    );
  });

  it("does not wait for a key that was made under a clock far ahead", () => {
    const newKey = keys();
    const one = maintain([], START, PLAN, newKey);
    const wrong = rotate(one, START + 50 * 365 * DAY, PLAN, newKey);
    assert.equal(states(wrong, START + 1), "k001 pending, k000 active");
    const rotated = maintain(wrong, START + 30 * DAY, PLAN, newKey);
    assert.equal(states(rotated, START + 30 * DAY), "k002 pending, k001 pending, k000 active");
    assert.equal(signingEntry(rotated, START + 30 * DAY + HOUR)?.id, "k002");
    assert.equal(signingEntry(rotated, START + 60 * 365 * DAY)?.id, "k002");
  });
});

/** A node: its own clock, its own limit, and what it does. */
interface Step {
  readonly after: number;
  /** How far the node's clock is off, within the window. */
  readonly skew: number;
  readonly act: "look" | "rotate" | "revoke signing" | "revoke another" | "sign";
}

const plans = fc.record({
  every: fc.integer({ min: 2 * HOUR, max: 60 * DAY }),
  propagation: fc.integer({ min: MINUTE, max: HOUR }),
  longestLife: fc.integer({ min: MINUTE, max: 90 * DAY }),
});

const steps = fc.array(
  fc.record<Step>({
    after: fc.oneof(fc.integer({ min: 0, max: HOUR }), fc.integer({ min: 0, max: 40 * DAY })),
    skew: fc.integer({ min: 0, max: MINUTE / 2 }),
    act: fc.constantFrom(
      "look",
      "look",
      "look",
      "sign",
      "sign",
      "rotate",
      "revoke signing",
      "revoke another",
    ),
  }),
  { maxLength: 60 },
);

describe("whatever happens to keys, on nodes whose clocks differ, there", () => {
  /** Runs a history; `check` sees each state, and every session that was signed. */
  function history(
    plan: KeyPlan,
    acts: readonly Step[],
    check: (
      entries: readonly KeyEntry[],
      now: number,
      sessions: readonly { key: string; endsAt: number }[],
    ) => void,
  ): void {
    const newKey = keys();
    let entries: readonly KeyEntry[] = [];
    let time = START;
    const sessions: { key: string; endsAt: number }[] = [];
    const revoked = new Set<string>();
    const look = (now: number): void => {
      entries = maintain(entries, now, plan, newKey);
    };
    for (const { after, skew, act } of acts) {
      time += after;
      const now = time + skew;
      look(now);
      const signing = signingEntry(entries, now)?.id ?? "";
      if (act === "sign") sessions.push({ key: signing, endsAt: now + plan.longestLife });
      if (act === "rotate") entries = rotate(entries, now, plan, newKey);
      const doomed =
        act === "revoke signing"
          ? signing
          : act === "revoke another"
            ? entries.find(({ id }) => id !== signing)?.id
            : undefined;
      if (doomed !== undefined) {
        entries = revoke(entries, doomed, now, plan, newKey);
        revoked.add(doomed);
      }
      check(
        entries,
        now,
        sessions.filter(({ key }) => !revoked.has(key)),
      );
    }
  }

  it("is always a key that signs, and one only", () => {
    fc.assert(
      fc.property(plans, steps, (plan, acts) => {
        history(plan, acts, (entries, now) => {
          const active = entries.filter((entry) => stateOf(entry, entries, now) === "active");
          assert.equal(active.length, 1);
          assert.notEqual(active[0]?.secret, "");
        });
      }),
    );
  });

  it("is no key that signs before its window has passed, but where there was no other", () => {
    // One node's clock says that the next key signs, and the one before it is revoked there; another's is behind.
    const early = { every: 2 * HOUR, propagation: HOUR, longestLife: MINUTE };
    const behind: Step[] = [
      { after: 0, skew: 0, act: "look" },
      { after: HOUR, skew: 0, act: "look" },
      { after: HOUR - MINUTE / 2, skew: MINUTE / 2, act: "revoke another" },
      { after: 0, skew: 0, act: "look" },
    ];
    fc.assert(
      fc.property(plans, steps, (plan, acts) => {
        const quiet = acts.filter(({ act }) => act !== "revoke signing");
        history(plan, quiet, (entries, now) => {
          const signing = signingEntry(entries, now);
          if (signing === undefined) return;
          const hasOthers = entries.some((entry) => entry !== signing && isAccepted(entry, now));
          const known = now - signing.createdAt;
          assert.ok(
            signing.id === "k000" || !hasOthers || known >= plan.propagation,
            `${signing.id} at ${now}`,
          );
        });
      }),
      { examples: [[early, behind]] },
    );
  });

  it("is no session whose key is retired while it can live, on any node", () => {
    fc.assert(
      fc.property(plans, steps, (plan, acts) => {
        history(plan, acts, (entries, now, sessions) => {
          for (const { key, endsAt } of sessions) {
            if (endsAt <= now) continue;
            const entry = entries.find(({ id }) => id === key);
            assert.ok(entry !== undefined && isAccepted(entry, now), `${key} is gone at ${now}`);
          }
        });
      }),
    );
  });

  it("are never more entries than the plan needs", () => {
    fc.assert(
      fc.property(plans, steps, (plan, acts) => {
        const quiet = acts.filter(({ act }) => act === "look" || act === "sign");
        const most = Math.ceil((plan.longestLife + 2 * plan.propagation) / plan.every) + 3;
        history(plan, quiet, (entries) => assert.ok(entries.length <= most, `${entries.length} > ${most}`));
      }),
    );
  });
});
