import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { check, type Rule } from "../src/checker.ts";
import { type Act, History, type Loss, type Operation } from "../src/history.ts";

/** A line of a history: from, until, what; acknowledged unless it says otherwise. */
type Line = readonly [from: number, until: number, act: Act, change?: Partial<Operation>];

const signIn: Line = [0, 10, { kind: "sign-in", user: "anna", session: "s", replaces: null }];
const signInAgain: Act = { kind: "sign-in", user: "anna", session: "t", replaces: "s" };
const other: Line = [0, 10, { kind: "sign-in", user: "bert", session: "t", replaces: null }];
const signOut: Act = { kind: "end", session: "s", by: "itself" };
const revoke: Act = { kind: "end", session: "s", by: "operator" };
const look = (...marks: string[]): Act => lookAs("anna", ...marks);
const lookAs = (user: string, ...marks: string[]): Act => ({
  kind: "look",
  session: "s",
  seen: { user, marks: new Set(marks) },
});
const write = (mark: string): Act => ({ kind: "write", session: "s", mark, seen: null });
const refused = { outcome: "refused", status: 401 } as const;
const unknown = { outcome: "unknown", status: 503 } as const;
const inT = (...marks: string[]): Act => ({
  kind: "look",
  session: "t",
  seen: { user: "anna", marks: new Set(marks) },
});
const nobody: Act = { kind: "look", session: "s", seen: null };

function historyOf(lines: readonly Line[]): History {
  const history = new History();
  for (const [from, until, act, change] of lines) {
    const common = { client: "c", app: "a", code: undefined };
    history.operations.push({ ...common, act, from, until, outcome: "ok", status: 200, ...change });
  }
  return history;
}

const expected = { deadline: 1_000, statuses: [200, 401, 503], apps: ["a"], recovery: 500 };

function rulesBroken(lines: readonly Line[], change: (history: History) => void = () => {}): Rule[] {
  const history = historyOf(lines);
  change(history);
  return check(history, expected).violations.map(({ rule }) => rule);
}

const loses = (loss: Partial<Loss>) => (history: History) => {
  history.losses.push({
    cause: "crash",
    from: 50,
    until: 60,
    reach: Number.POSITIVE_INFINITY,
    forgets: [],
    ...loss,
  });
};

describe("a history in which everything is as promised", () => {
  const good: Record<string, Line[]> = {
    "a session is used, and ended": [
      signIn,
      [20, 30, write("m1")],
      [31, 40, look("m1")],
      [50, 60, signOut],
      [61, 70, nobody, refused],
    ],
    "a request overlaps the end, and is heard before it": [signIn, [20, 40, signOut], [30, 50, look()]],
    "a request overlaps the end, and is heard after it": [
      signIn,
      [20, 40, signOut],
      [15, 30, nobody, refused],
    ],
    "a write overlaps a look": [signIn, [20, 40, write("m1")], [30, 50, look()], [60, 70, look("m1")]],
    "a write of unknown outcome has happened": [signIn, [20, 40, write("m1"), unknown], [50, 60, look("m1")]],
    "a write of unknown outcome has not happened": [signIn, [20, 40, write("m1"), unknown], [50, 60, look()]],
    "a write of unknown outcome happens late": [
      signIn,
      [20, 40, write("m1"), unknown],
      [50, 60, look()],
      [70, 80, look("m1")],
    ],
    "a sign-out of unknown outcome has happened": [
      signIn,
      [20, 40, signOut, unknown],
      [50, 60, nobody, refused],
    ],
    "a sign-out of unknown outcome has not happened": [signIn, [20, 40, signOut, unknown], [50, 60, look()]],
    "a session shows what was written to the one it replaced": [
      signIn,
      [12, 14, write("m1")],
      [20, 30, signInAgain],
      [31, 40, inT("m1")],
    ],
    "a user's sessions end while one begins": [
      signIn,
      [5, 20, { kind: "end-user", user: "anna" }],
      [30, 40, look()],
    ],
    "everybody's sessions end later than anybody was told": [
      [-20, -10, { kind: "end-all" }, unknown],
      signIn,
      [20, 30, nobody, refused],
    ],
    "another user's sessions end": [signIn, [20, 30, { kind: "end-user", user: "bert" }], [40, 50, look()]],
    "a sign-in is refused for now": [
      [0, 10, { kind: "sign-in", user: "anna", session: null, replaces: null }, unknown],
    ],
  };
  for (const [name, lines] of Object.entries(good)) {
    it(`passes: ${name}`, () => assert.deepEqual(rulesBroken(lines), []));
  }
});

describe("a history in which a promise is broken", () => {
  const bad: Record<string, readonly [Rule, readonly Line[]]> = {
    "a look after the sign-out": ["ended session accepted", [signIn, [20, 30, signOut], [30, 40, look()]]],
    "a write after the sign-out": [
      "ended session accepted",
      [signIn, [20, 30, signOut], [31, 40, write("m")]],
    ],
    "a look after a revoke, long after": [
      "ended session accepted",
      [signIn, [20, 30, revoke], [9_000, 9_010, look()]],
    ],
    "a look after all of the user's were ended": [
      "ended session accepted",
      [signIn, [20, 30, { kind: "end-user", user: "anna" }], [40, 50, look()]],
    ],
    "a look after everybody's were ended": [
      "ended session accepted",
      [signIn, [20, 30, { kind: "end-all" }], [40, 50, look()]],
    ],
    "a look with an id that a sign-in has replaced": [
      "ended session accepted",
      [signIn, [20, 30, signInAgain], [40, 50, look()]],
    ],
    "a session comes back after a sign-out of unknown outcome": [
      "session came back",
      [signIn, [20, 30, signOut, unknown], [40, 50, nobody, refused], [60, 70, look()]],
    ],
    "an acknowledged write is not there": [
      "false success",
      [signIn, [20, 30, write("m1")], [40, 50, look()]],
    ],
    "an acknowledged write is there, and then it is not": [
      "write lost",
      [signIn, [20, 30, write("m1")], [40, 50, look("m1")], [60, 70, look()]],
    ],
    "a write of unknown outcome is seen, and then it is not": [
      "write lost",
      [signIn, [20, 30, write("m1"), unknown], [40, 50, look("m1")], [60, 70, look()]],
    ],
    "a session that nobody has ended is refused": ["session lost", [signIn, [20, 30, nobody, refused]]],
    "a session is refused, and everybody's were ended before it began": [
      "session lost",
      [[-20, -10, { kind: "end-all" }], signIn, [20, 30, nobody, refused]],
    ],
    "a session is refused that everybody's end, as it began, has not ended": [
      "session lost",
      [signIn, [5, 20, { kind: "end-all" }], [21, 25, look()], [30, 40, nobody, refused]],
    ],
    "a session is refused before anybody asks for its end": [
      "session lost",
      [signIn, [20, 30, nobody, refused], [40, 50, signOut, unknown]],
    ],
    "a session shows another user": ["wrong data", [signIn, [20, 30, lookAs("bert")]]],
    "a session shows what was written to another": [
      "wrong data",
      [
        signIn,
        other,
        [12, 18, { kind: "write", session: "t", mark: "m1", seen: null }],
        [20, 30, look("m1")],
      ],
    ],
    "a session shows what nobody has written yet": [
      "wrong data",
      [signIn, [20, 30, look("m1")], [40, 50, write("m1")]],
    ],
    "a session loses what it had from the one it replaced": [
      "write lost",
      [signIn, [12, 14, write("m1")], [20, 30, signInAgain], [31, 40, inT("m1")], [41, 50, inT()]],
    ],
    "a reply takes longer than it may": ["deadline missed", [signIn, [20, 1_021, nobody, unknown]]],
    "a reply is a 500": ["bad reply", [signIn, [20, 30, nobody, { outcome: "unknown", status: 500 }]]],
    "no reply comes": ["bad reply", [signIn, [20, 30, nobody, { outcome: "unknown", status: undefined }]]],
  };
  for (const [name, [rule, lines]] of Object.entries(bad)) {
    it(`is refused as "${rule}": ${name}`, () => assert.deepEqual(rulesBroken(lines), [rule]));
  }

  it("names the operations that show it", () => {
    const { violations } = check(historyOf([signIn, [20, 30, signOut], [30, 40, look()]]), expected);
    assert.match(
      violations[0]?.text ?? "",
      /session s of anna, begun at 10\.0: .*\(20\.0 to 30\.0\), then look .*\(30\.0 to 40\.0\)/,
    );
  });
});

describe("a store that may forget", () => {
  const lostWrite: Line[] = [signIn, [20, 30, write("m1")], [61, 70, look()]];
  const lostSession: Line[] = [signIn, [61, 70, nobody, refused]];
  const lostEnd: Line[] = [signIn, [20, 30, signOut], [61, 70, look()]];

  it("may have lost what was written before, and it is counted", () => {
    for (const lines of [lostWrite, lostSession]) {
      const history = historyOf(lines);
      loses({ forgets: ["writes"] })(history);
      const verdict = check(history, expected);
      assert.deepEqual([verdict.violations, verdict.forgotten, verdict.sessions], [[], 1, 1]);
    }
  });

  it("may bring back what was ended before, if it says so", () => {
    assert.deepEqual(rulesBroken(lostEnd, loses({ forgets: ["ends"] })), []);
    assert.deepEqual(rulesBroken(lostEnd, loses({ forgets: ["writes"] })), ["ended session accepted"]);
  });

  it("may have forgotten whose a session is, so that an end of all of the user's passes it by", () => {
    const passedBy: Line[] = [signIn, [61, 70, { kind: "end-user", user: "anna" }], [80, 90, look()]];
    assert.deepEqual(rulesBroken(passedBy, loses({ forgets: ["writes"] })), []);
    assert.deepEqual(rulesBroken(passedBy, loses({ forgets: ["writes"], reach: 30 })), [
      "ended session accepted",
    ]);
    const ended: Line[] = [signIn, [61, 70, revoke], [80, 90, look()]];
    assert.deepEqual(rulesBroken(ended, loses({ forgets: ["writes"] })), ["ended session accepted"]);
  });

  it("may not have forgotten what was gone before it failed", () => {
    const before: Line[] = [signIn, [20, 30, write("m1")], [35, 40, look()]];
    assert.deepEqual(rulesBroken(before, loses({ forgets: ["writes"] })), ["false success"]);
  });

  it("may not forget what was acknowledged once it had come back", () => {
    const after: Line[] = [signIn, [61, 70, write("m1")], [80, 90, look()]];
    assert.deepEqual(rulesBroken(after, loses({ forgets: ["writes"] })), ["false success"]);
  });

  it("may have forgotten the renewal of a session that it had long before", () => {
    const renewed: Line[] = [signIn, [45, 48, look()], [61, 70, nobody, refused]];
    assert.deepEqual(rulesBroken(renewed, loses({ forgets: ["writes"], reach: 10 })), []);
    assert.deepEqual(rulesBroken(renewed, loses({ forgets: ["writes"], reach: 1 })), ["session lost"]);
  });

  it("may not forget what lies further back than it says", () => {
    assert.deepEqual(rulesBroken(lostWrite, loses({ forgets: ["writes"], reach: 25 })), []);
    assert.deepEqual(rulesBroken(lostWrite, loses({ forgets: ["writes"], reach: 15 })), ["false success"]);
  });
});

describe("a process", () => {
  const silence: Line = [20, 30, nobody, { outcome: "unknown", status: undefined }];

  it("need not reply while it is not there", () => {
    const absent = (from: number, until: number) => (history: History) => {
      history.absences.push({ app: "a", from, until });
    };
    assert.deepEqual(rulesBroken([signIn, silence], absent(25, 40)), []);
    assert.deepEqual(rulesBroken([signIn, silence], absent(31, 40)), ["bad reply"]);
  });

  it("must acknowledge a write soon after everything is put right", () => {
    const mended = (history: History) => {
      history.mendedAt = 100;
    };
    assert.deepEqual(rulesBroken([signIn, [101, 110, write("m1")]], mended), []);
    assert.deepEqual(rulesBroken([signIn, [90, 110, write("m1")]], mended), ["not recovered"]);
    assert.deepEqual(rulesBroken([signIn, [590, 610, write("m1")]], mended), ["not recovered"]);
    assert.deepEqual(rulesBroken([signIn, [101, 110, write("m1"), unknown]], mended), ["not recovered"]);
  });
});
