import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import fc from "fast-check";
import {
  type EffectivePolicy,
  MemoryStore,
  type SessionOptions,
  type Sessions,
  session,
} from "../../src/index.ts";
import {
  type AppSession,
  browserWith,
  cookieOf,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NONE = Number.POSITIVE_INFINITY;

/** The longest that each standard allows, as it says it. */
const LONGEST: readonly (readonly [profile: string, idle: number, absolute: number])[] = [
  ["owasp-low", 30 * MINUTE, 8 * HOUR],
  ["owasp-high-value", 5 * MINUTE, 8 * HOUR],
  ["nist-aal1", NONE, 30 * DAY],
  ["nist-aal2", HOUR, 24 * HOUR],
  ["nist-aal3", 15 * MINUTE, 12 * HOUR],
  ["pci-dss", 15 * MINUTE, NONE],
];

const secret = strongSecret();
const made: Sessions[] = [];
afterEach(async () => {
  await Promise.all(made.splice(0).map((sessions) => sessions.close()));
});

function policyOf(options: SessionOptions): EffectivePolicy {
  const sessions = session({ secret, ...options });
  made.push(sessions);
  return sessions.policy();
}

const metBy = ({ standards }: EffectivePolicy): string[] =>
  standards.filter(({ met }) => met).map(({ profile }) => profile);

describe("policy()", () => {
  it("says of each standard that it is met exactly if idle and absolute are within its numbers", () => {
    const edges = LONGEST.flatMap(([, idle, absolute]) => [idle, absolute]).filter(Number.isFinite);
    const limit = fc.oneof(
      fc.tuple(fc.constantFrom(...edges), fc.constantFrom(-1, 0, 1)).map(([edge, by]) => edge + by),
      fc.integer({ min: 1, max: 60 * DAY }),
    );
    fc.assert(
      fc.property(limit, limit, (one, other) => {
        const idle = Math.min(one, other);
        const absolute = Math.max(one, other);
        const { standards, limits } = policyOf({ idle, absolute });
        assert.deepEqual([limits.idle.ms, limits.absolute.ms], [idle, absolute]);
        assert.deepEqual(
          standards.map(({ profile, met, broken }) => [profile, met, broken.map((rule) => rule.limit)]),
          LONGEST.map(([profile, longestIdle, longestAbsolute]) => {
            const broken = [
              ...(idle > longestIdle ? ["idle"] : []),
              ...(absolute > longestAbsolute ? ["absolute"] : []),
            ];
            return [profile, broken.length === 0, broken];
          }),
        );
      }),
    );
  });

  it("finds every profile to meet its own standard", () => {
    for (const { profile } of policyOf({}).standards) {
      assert.ok(metBy(policyOf({ profile })).includes(profile), profile);
    }
  });

  it("finds the defaults to meet NIST's levels 1 and 2, and no other standard", () => {
    assert.deepEqual(metBy(policyOf({})), ["nist-aal1", "nist-aal2"]);
  });

  it("names the profile asked for and the rule that an option beside it breaks", () => {
    const { profile, standards } = policyOf({ profile: "nist-aal3", absolute: "13h" });
    assert.equal(profile, "nist-aal3");
    assert.deepEqual(
      standards.find((standard) => standard.profile === profile),
      {
        profile,
        source: "NIST SP 800-63B-4, 2.3.3",
        met: false,
        broken: [{ limit: "absolute", longest: { ms: 12 * HOUR, text: "12h" }, level: "SHALL" }],
      },
    );
  });

  it("is plain data, the same after JSON, and says nothing of the secret", () => {
    const policy = policyOf({ profile: "pci-dss", cookie: { maxAge: "1h", domain: "example.com" } });
    const json = JSON.stringify(policy);
    assert.deepEqual(JSON.parse(json), policy);
    assert.ok(!json.includes(secret));
  });

  it("is a copy: changing one changes no other", () => {
    const sessions = session({ secret });
    made.push(sessions);
    Reflect.set(sessions.policy().limits.idle, "ms", 1);
    Reflect.set(sessions.policy(), "profile", "pci-dss");
    const { profile, limits } = sessions.policy();
    assert.deepEqual([profile, limits.idle.ms], [null, 30 * MINUTE]);
  });

  it("knows what counts as activity", () => {
    assert.equal(policyOf({}).activity.counts, "every request");
    const { activity } = policyOf({ isActivity: () => true, idle: "20m" });
    assert.deepEqual(activity, {
      counts: "requests that isActivity accepts",
      recordedEvery: { ms: 2 * MINUTE, text: "2m" },
    });
  });

  it("describes the cookie that is sent", async (test) => {
    const kinds: SessionOptions[] = [
      {},
      { name: "sid", cookie: { sameSite: "strict", maxAge: "90m" } },
      { cookie: { domain: "example.com", path: "/app", sameSite: "none", partitioned: true } },
    ];
    for (const options of kinds) {
      const app = await sessionApp(test, options);
      const [sent = ""] = (await app.act(set({ a: 1 }))).setCookie;
      const { name, path, domain, sameSite, partitioned, maxAge } = app.sessions.policy().cookie;
      const attributes = sent.split("; ").filter((each) => !each.startsWith("Expires="));
      assert.deepEqual(
        [attributes[0]?.split("=")[0], ...attributes.slice(1)],
        [
          name,
          `Path=${path}`,
          ...(domain === null ? [] : [`Domain=${domain}`]),
          ...(maxAge === null ? [] : [`Max-Age=${maxAge.ms / 1000}`]),
          "HttpOnly",
          "Secure",
          `SameSite=${sameSite}`,
          ...(partitioned ? ["Partitioned"] : []),
        ],
      );
    }
    assert.equal(policyOf({}).cookie.plainHttp, "never");
    assert.equal(policyOf({ cookie: { secure: "auto" } }).cookie.plainHttp, "local-development");
    assert.equal(policyOf({ cookie: { insecureAllowHttp: true } }).cookie.plainHttp, "insecure");
  });

  it("says how many sessions a user may have", () => {
    assert.equal(policyOf({}).sessionsPerUser, null);
    assert.deepEqual(policyOf({ maxSessions: 3 }).sessionsPerUser, { most: 3, beyond: "evict-oldest" });
    const rejecting = policyOf({ maxSessions: 1, onLimit: "reject" });
    assert.deepEqual(rejecting.sessionsPerUser, { most: 1, beyond: "reject" });
  });

  it("names what gives a session a new id and ends the old one", async (test) => {
    const acts: Record<EffectivePolicy["newIdAt"][number], (session: AppSession) => unknown> = {
      "sign-in": (session) => session.signIn("anna"),
      elevate: (session) => session.elevate(),
      impersonation: (session) => session.impersonate("bert"),
      "change of user": set({ userId: "bert" }),
      "sign-out": async (session) => {
        await session.signOut();
        session.a = 1;
      },
      regenerate: (session) => session.regenerate({ keep: ["userId"] }),
    };
    const { newIdAt } = policyOf({});
    assert.deepEqual(newIdAt.toSorted(), Object.keys(acts).toSorted());
    for (const act of newIdAt) {
      const app = await sessionApp(test);
      await app.agent.signIn("anna");
      const before = cookieOf(app.agent);
      await app.act(acts[act]);
      assert.notEqual(cookieOf(app.agent), before, act);
      assert.deepEqual(await app.data(browserWith(app, before)), {}, act);
    }
  });

  it("speaks of sessions that begin: one that began under other limits keeps those", async (test) => {
    const options = { secret, store: new MemoryStore() };
    const before = await sessionApp(test, { ...options, profile: "nist-aal2" });
    await before.agent.signIn("anna");
    const now = await sessionApp(test, { ...options, clock: before.clock, profile: "nist-aal3" });
    const anna = browserWith(now, cookieOf(before.agent));
    before.clock.advance(HOUR - 1);
    assert.equal((await now.data(anna)).userId, "anna");
    before.clock.advance(HOUR);
    assert.deepEqual(await now.data(anna), {});
  });
});
