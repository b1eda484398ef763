import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { browserWith, codeOf, cookieOf, NAME, type SessionApp, sessionApp } from "../support/session-app.ts";

const MINUTE = 60_000;
const IDLE = 30 * MINUTE;
const ANONYMOUS_IDLE = 15 * MINUTE;
const ABSOLUTE = 4 * 60 * MINUTE;

/** A session as a reader of the documentation would keep it. */
interface Kept {
  readonly user: string | null;
  readonly as: string | null;
  readonly n: number | null;
  readonly seenAt: number;
  readonly endsAt: number;
}

type Act =
  | { readonly does: "wait"; readonly ms: number }
  | { readonly does: "read" | "poll" | "sign out" | "end impersonation" }
  | { readonly does: "write"; readonly n: number }
  | { readonly does: "sign in" | "impersonate"; readonly user: string };

const user = fc.constantFrom("anna", "bert", "olga");
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    does: fc.constant("wait" as const),
    ms: fc.integer({ min: 1, max: 40 }).map((m) => m * MINUTE),
  }),
  fc.record({ does: fc.constantFrom("read" as const, "poll", "sign out", "end impersonation") }),
  fc.record({ does: fc.constant("write" as const), n: fc.nat(9) }),
  fc.record({ does: fc.constantFrom("sign in" as const, "impersonate"), user }),
);

/** What has become of it by now. */
function standingOf(kept: Kept | null, now: number): "none" | "live" | "locked" {
  if (kept === null || now >= kept.endsAt) return "none";
  if (now < kept.seenAt + (kept.user === null ? ANONYMOUS_IDLE : IDLE)) return "live";
  return kept.user === null || kept.as !== null ? "none" : "locked";
}

function begun(user: string | null, n: number | null, now: number): Kept {
  return { user, as: null, n, seenAt: now, endsAt: now + ABSOLUTE };
}

/** What an act makes of it. */
function after(kept: Kept | null, act: Act, now: number): Kept | null {
  const standing = standingOf(kept, now);
  const live = standing === "live" ? kept : null;
  const seen = live === null ? kept : { ...live, seenAt: now };
  switch (act.does) {
    case "wait":
    case "poll":
      return kept;
    case "read":
      return seen;
    case "sign out":
      return null;
    case "write":
      if (standing === "locked") return kept;
      return live === null ? begun(null, act.n, now) : { ...live, n: act.n, seenAt: now };
    case "sign in": {
      const own = kept !== null && standing !== "none" && kept.user === act.user && kept.as === null;
      if (!own) return begun(act.user, null, now);
      const again = begun(act.user, kept.n, now);
      return standing === "locked" ? { ...again, endsAt: kept.endsAt } : again;
    }
    case "impersonate":
      if (live === null || live.user === null || live.as !== null || live.user === act.user) return seen;
      return { ...live, as: act.user, n: null, seenAt: now };
    case "end impersonation":
      return live === null || live.as === null ? seen : { ...live, as: null, n: null, seenAt: now };
  }
}

async function perform(app: SessionApp, act: Act): Promise<void> {
  if (act.does === "wait") return app.clock.advance(act.ms);
  await app.act(
    async (session) => {
      // As every app does first.
      const { userId } = session;
      if (act.does === "write") session.n = act.n;
      if (act.does === "sign in") await session.signIn(act.user);
      if (act.does === "sign out") await session.signOut();
      if (act.does === "impersonate") await codeOf(session.impersonate(act.user));
      if (act.does === "end impersonation") await session.endImpersonation();
      return { userId };
    },
    { query: act.does === "poll" ? "?poll" : "" },
  );
}

async function seen(app: SessionApp): Promise<unknown> {
  if (!app.agent.cookies.has(NAME)) return nothing;
  const reply = await app.act(
    ({ userId, n, locked, lockedUser, impersonator, times }) => ({
      user: userId ?? null,
      n: n ?? null,
      locked: locked ? lockedUser : null,
      impersonator: impersonator ?? null,
      ends: times === undefined ? null : times.absoluteExpiresAt.getTime(),
    }),
    { by: browserWith(app, cookieOf(app.agent)), query: "?poll" },
  );
  return reply.json();
}

const nothing = { user: null, n: null, locked: null, impersonator: null, ends: null };

function expected(kept: Kept | null, now: number): unknown {
  const standing = standingOf(kept, now);
  if (kept === null || standing === "none") return nothing;
  if (standing === "locked") return { ...nothing, locked: kept.user };
  const impersonator = kept.as === null ? null : kept.user;
  return { ...nothing, user: kept.as ?? kept.user, n: kept.n, impersonator, ends: kept.endsAt };
}

describe("any life with locks and impersonations", () => {
  it("is as the documentation says, at every step", async (test) => {
    const app = await sessionApp(test, {
      onIdle: "lock",
      absolute: ABSOLUTE,
      isActivity: (req) => !req.url?.includes("?poll"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 25 }), async (acts) => {
        app.agent.cookies.clear();
        let kept: Kept | null = null;
        for (const [i, each] of acts.entries()) {
          kept = after(kept, each, app.clock.now());
          await perform(app, each);
          await app.settle();
          assert.deepEqual(await seen(app), expected(kept, app.clock.now()), `step ${i}: ${each.does}`);
        }
      }),
      { numRuns: 40 },
    );
  });
});
