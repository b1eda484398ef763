import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { keepUntil, touchInterval } from "../../src/session/limits.ts";

const MINUTE = 60_000;
const IDLE = 30 * MINUTE;
const CREATED = 1_750_000_000_123;
const header = { createdAt: CREATED, idle: IDLE, endsAt: CREATED + 24 * 60 * MINUTE, lock: "none" } as const;

describe("the expiry that a store is given", () => {
  it("stays while a tenth of the idle limit passes, and then moves by as much", () => {
    const first = keepUntil(header, CREATED + 1);
    assert.equal(keepUntil(header, CREATED + 3 * MINUTE), first);
    assert.equal(keepUntil(header, CREATED + 3 * MINUTE + 1), first + 3 * MINUTE);
  });

  it("is counted from the session's beginning, so that sessions do not expire all at once", () => {
    const later = { ...header, createdAt: CREATED + 1_000 };
    assert.equal(keepUntil(later, later.createdAt), keepUntil(header, CREATED) + 1_000);
  });

  it("is the absolute limit where that is sooner, or where the session locks", () => {
    assert.equal(keepUntil(header, header.endsAt - 1), header.endsAt);
    assert.equal(keepUntil({ ...header, lock: "open" }, CREATED), header.endsAt);
  });

  it("leaves room for activity that is not recorded yet, and for at most a step more", () => {
    const limits = fc.record({ idle: fc.integer({ min: 1, max: 2 ** 42 }), seen: fc.nat(2 ** 40) });
    fc.assert(
      fc.property(limits, ({ idle, seen }) => {
        const seenAt = CREATED + seen;
        const until = keepUntil({ ...header, idle, endsAt: Number.MAX_SAFE_INTEGER }, seenAt);
        const needed = seenAt + idle + touchInterval(idle);
        assert.ok(Number.isInteger(until) && until >= needed && until < needed + touchInterval(idle) + 2);
      }),
    );
  });
});
