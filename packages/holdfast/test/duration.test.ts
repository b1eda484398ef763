import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  type Duration,
  formatDuration,
  LONGEST_TIMER,
  parseDuration,
  parseTimeout,
} from "../src/duration.ts";
import { HoldfastError } from "../src/errors.ts";

function refusal(value: unknown): HoldfastError {
  try {
    parseDuration(value, "idle");
  } catch (error) {
    assert.ok(error instanceof HoldfastError);
    assert.equal(error.code, "ERR_HOLDFAST_DURATION");
    return error;
  }
  throw new Error("was accepted");
}

describe("a duration", () => {
  it("is a number of milliseconds, or a number with its unit", () => {
    const examples: [Duration, number][] = [
      [1, 1],
      [1_800_000, 1_800_000],
      ["500ms", 500],
      ["30s", 30_000],
      ["15m", 900_000],
      ["12h", 43_200_000],
      ["7d", 604_800_000],
      ["1.5h", 5_400_000],
      ["0.5ms", 1],
      [1500.4, 1500],
    ];
    for (const [given, ms] of examples) assert.equal(parseDuration(given), ms, String(given));
  });

  it("is no longer than a timer can wait, where one is to wait for it", () => {
    assert.equal(parseTimeout("24d", "timeout"), 24 * 86_400_000);
    assert.equal(parseTimeout(LONGEST_TIMER, "timeout"), 2 ** 31 - 1);
    for (const value of [LONGEST_TIMER + 1, "25d"]) {
      assert.throws(() => parseTimeout(value, "timeout"), {
        code: "ERR_HOLDFAST_DURATION",
        message: /24 days/,
      });
    }
  });

  it("may last a hundred years and no longer", () => {
    assert.equal(parseDuration("36525d"), 36_525 * 86_400_000);
    for (const value of ["36526d", 36_525 * 86_400_000 + 1, Infinity, `${"9".repeat(400)}d`]) {
      assert.match(refusal(value).message, /hundred years/);
    }
  });

  it("lasts at least a millisecond", () => {
    for (const value of [0, -0, -1, -Infinity, "0s", "0.4ms", 0.4])
      assert.match(refusal(value).message, /at least 1 milli/);
  });

  it("is refused in any other form, with the option's name and what to write instead", () => {
    const others = [
      Number.NaN,
      "30",
      "30 m",
      " 30m",
      "30m\n",
      "30M",
      "m",
      "",
      "-5m",
      "1e3s",
      ".5h",
      "1.h",
      "0x10s",
      "PT30M",
    ];
    for (const value of [...others, null, undefined, true, 10n, {}, [], ["30m"], new Date(), () => 1]) {
      assert.match(
        refusal(value).message,
        /^`idle` cannot be .+ Write milliseconds as a number .+ "30s", "15m"/,
      );
    }
  });

  it("never shows a long text that was given in its place, which may be a secret", () => {
    const secret = "b2c0f8Qm3vKx9LrT5wYz";
    assert.equal(refusal(secret).message.includes(secret), false);
  });

  it("is whole milliseconds or a refusal, whatever is given", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.double(), fc.string(), fc.stringMatching(/^[\d.e+-]{1,12}(ms|s|m|h|d)$/)),
        (value) => {
          try {
            const ms = parseDuration(value);
            assert.ok(Number.isSafeInteger(ms) && ms >= 1 && ms <= 36_525 * 86_400_000);
          } catch (error) {
            assert.ok(error instanceof HoldfastError && error.code === "ERR_HOLDFAST_DURATION");
          }
        },
      ),
    );
  });
});

describe("a duration as text", () => {
  it("is in the largest unit that needs no fraction", () => {
    const examples = { "1ms": 1, "1500ms": 1500, "90s": 90_000, "15m": 900_000, "36h": 129_600_000 };
    for (const [text, ms] of Object.entries(examples)) assert.equal(formatDuration(ms), text);
    assert.equal(formatDuration(30 * 86_400_000), "30d");
  });

  it("is read as the same length", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 36_525 * 86_400_000 }), (ms) => {
        assert.equal(parseDuration(formatDuration(ms)), ms);
      }),
    );
  });
});
