import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Store } from "express-session";
import fc from "fast-check";
import { legacyStore } from "../support/legacy-store.ts";
import {
  type LegacyHandler,
  type LegacyOptions,
  type LegacyRequest,
  type LegacyServer,
  type Library,
  serveLegacy,
  settle,
  sideBySide,
} from "../support/side-by-side.ts";

/** One thing that an app does with its session. */
type Step =
  | { readonly do: "set" | "nest"; readonly key: string; readonly value: unknown }
  | { readonly do: "delete" | "same"; readonly key: string }
  | { readonly do: "save" | "reload" | "regenerate" | "destroy" }
  | { readonly do: "touch" | "null" }
  | { readonly do: "write" }
  | { readonly do: "maxAge"; readonly value: number | null }
  | { readonly do: "expires"; readonly value: number | null }
  | { readonly do: "httpOnly"; readonly value: boolean };

/** One request: what it sends, what is done, and how much time passes before it. */
interface Visit {
  readonly cookie: "own" | "none" | "forged" | "stale";
  readonly wait: number;
  readonly steps: readonly Step[];
  readonly end: "text" | "length" | "nothing";
}

interface Life {
  readonly server: LegacyServer;
  readonly options: LegacyOptions;
  readonly store: "memory" | "at once" | "later" | "cannot touch";
  readonly visits: readonly Visit[];
}

const key = fc.constantFrom("a", "b", "list", "user");
const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(undefined));
const milliseconds = fc.constantFrom(null, 1_000, 60_000, 3_600_000);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("set" as const, "nest" as const), key, value }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("delete" as const, "same" as const), key }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("save", "reload", "regenerate", "destroy", "touch", "null", "write"),
    }) as fc.Arbitrary<Step>,
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("maxAge" as const, "expires" as const), value: milliseconds }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("httpOnly" as const), value: fc.boolean() }) },
);

const visit: fc.Arbitrary<Visit> = fc.record({
  cookie: fc.oneof(
    { weight: 8, arbitrary: fc.constant("own" as const) },
    { weight: 1, arbitrary: fc.constantFrom("none", "forged", "stale") },
  ),
  wait: fc.constantFrom(0, 1, 500, 59_000, 61_000),
  steps: fc.array(step, { maxLength: 4 }).filter(isComparable),
  end: fc.constantFrom("text", "length", "nothing"),
});

const life: fc.Arbitrary<Life> = fc.record({
  server: fc.constantFrom("Express 5", "Express 4", "node:http"),
  options: fc.record(
    {
      resave: fc.boolean(),
      saveUninitialized: fc.boolean(),
      rolling: fc.boolean(),
      unset: fc.constantFrom("keep", "destroy"),
      cookie: fc.record(
        { maxAge: milliseconds, httpOnly: fc.boolean(), sameSite: fc.constantFrom("lax", true, false) },
        { requiredKeys: [] },
      ) as fc.Arbitrary<object>,
    },
    { requiredKeys: ["resave", "saveUninitialized"] },
  ),
  store: fc.constantFrom("memory", "at once", "later", "cannot touch"),
  visits: fc.array(visit, { minLength: 1, maxLength: 6 }),
});

/**
 * What is left out, because it is better here:
 * - the head waits until the session is stored, and knows what has become of session and cookie meanwhile;
 * - a cookie that is changed after save() is stored;
 * - a session whose changes have been undone after save() has a cookie (each change leaves a count, so none is).
 */
function isComparable(steps: readonly Step[]): boolean {
  const after = (first: Step["do"]): Step["do"][] => {
    const at = steps.findIndex((each) => each.do === first);
    return at === -1 ? [] : steps.slice(at).map((each) => each.do);
  };
  const ofCookie: readonly Step["do"][] = ["maxAge", "expires", "httpOnly"];
  const ofSession: readonly Step["do"][] = ["save", "null", "reload", "regenerate", "destroy"];
  return (
    !after("write").some((what) => ofSession.includes(what) || ofCookie.includes(what)) &&
    !after("save").some((what) => ofCookie.includes(what))
  );
}

const START = Date.UTC(2030, 0, 1);

describe("Any app that follows express-session's README", () => {
  it("gets the same bodies, cookies, errors and rows from holdfast/compat", async (test) => {
    await fc.assert(
      fc.asyncProperty(life, async (given) => {
        const { expressSession, compat } = await sideBySide((library) => live(test, library, given));
        assert.deepEqual(compat, expressSession);
      }),
      { numRuns: 150 },
    );
  });
});

/** Lives a life, and tells what could be seen of it after each visit. */
async function live(
  test: TestContext,
  library: Library,
  { server, options, store: kind, visits }: Life,
): Promise<unknown[]> {
  test.mock.timers.reset();
  test.mock.timers.enable({ apis: ["Date"], now: START });
  const store = kind === "memory" ? new library.MemoryStore() : storeOf(library, kind);
  let made = 0;
  let next: Visit | undefined;
  const handler: LegacyHandler = async (req, res) => {
    assert.ok(next);
    const seen: unknown[] = [];
    for (const each of next.steps) seen.push(await take(req, res, each));
    const hasBegun = next.steps.some((each) => each.do === "write");
    // When the head goes out, the session's time has begun anew here, and at the end there.
    if (req.session) seen.push({ ...req.session, ...(hasBegun && { cookie: "begun" }) });
    if (next.end === "nothing") return res.end();
    const text = JSON.stringify(seen);
    if (next.end === "length" && !hasBegun) res.setHeader("Content-Length", Buffer.byteLength(text));
    return res.end(text);
  };
  const { agent, errors } = await serveLegacy(
    test,
    library,
    { ...options, store, genid: () => `id${made++}` },
    handler,
    { server },
  );
  const told: unknown[] = [];
  let stale = "";
  for (const visit of visits) {
    next = visit;
    test.mock.timers.tick(visit.wait);
    const own = agent.cookies.get("connect.sid");
    const sent = { own, none: undefined, forged: "s%3Aid0.forged", stale }[visit.cookie];
    const { status, text, setCookie } = await agent.get("/", {
      headers: { cookie: sent === undefined ? undefined : `connect.sid=${sent}` },
    });
    await settle();
    if (setCookie.length > 0 && own !== undefined) stale = own;
    told.push({ status, text, setCookie, errors: [...errors], rows: await rowsOf(store) });
  }
  await agent.close();
  return told;
}

function storeOf(library: Library, kind: Life["store"]): Store {
  const answers = kind === "at once" ? "at once" : "later";
  return legacyStore(library, { answers, touches: kind !== "cannot touch" });
}

/** Does one step, and tells what came of it. */
async function take(req: LegacyRequest, res: { write(text: string): unknown }, step: Step): Promise<unknown> {
  const { session } = req;
  if (step.do === "write") return void res.write("some ");
  if (!session) return "no session";
  switch (step.do) {
    case "set":
      session[step.key] = step.value;
      session.changes = Number(session.changes ?? 0) + 1;
      return undefined;
    case "same":
      if (step.key in session) session[step.key] = structuredClone(session[step.key]);
      return undefined;
    case "nest":
      // Inside a value, where no assignment to the session itself is seen.
      if (typeof session[step.key] === "object" && session[step.key] !== null) {
        Reflect.set(Object(session[step.key]), "inside", step.value);
      }
      return undefined;
    case "delete":
      delete session[step.key];
      return undefined;
    case "touch":
      session.touch();
      return undefined;
    case "null":
      Reflect.set(req, "session", null);
      return undefined;
    case "maxAge":
      Reflect.set(session.cookie, "maxAge", step.value);
      return session.cookie.maxAge;
    case "expires":
      session.cookie.expires = step.value === null ? null : new Date(Date.now() + step.value);
      return session.cookie.originalMaxAge;
    case "httpOnly":
      session.cookie.httpOnly = step.value;
      return undefined;
    default: {
      const error = await new Promise((resolve) => session[step.do](resolve));
      return [
        error ? String(Reflect.get(Object(error), "message")) : null,
        req.sessionID,
        typeof req.session,
      ];
    }
  }
}

/** What is stored: text by id. */
function rowsOf(store: Store): Promise<unknown> {
  const rows: unknown = Reflect.get(store, "rows");
  if (rows instanceof Map) return Promise.resolve(Object.fromEntries(rows));
  return new Promise((resolve, reject) => {
    store.all?.((error, all) => (error ? reject(error) : resolve(JSON.parse(JSON.stringify(all ?? {})))));
  });
}
