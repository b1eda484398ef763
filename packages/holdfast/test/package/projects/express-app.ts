import express from "express";
import defaultExport, { type BrokenRule, type EffectivePolicy, HoldfastError, session } from "holdfast";
import { isFresh, requireLevel, requireUser, safeReturnTo } from "holdfast/guards";
import { SqliteStore } from "holdfast/store/sqlite";

declare module "holdfast" {
  interface SessionData {
    userId: string;
    visits: number;
    user: { id: number; name: string };
  }
}

const sessions = session({
  secret: "x",
  store: new SqliteStore("sessions.db"),
  idle: "30m",
  absolute: 3_600_000,
  profile: "pci-dss",
});
const app = express();
app.use(sessions);
app.use(defaultExport());

app.get("/", async (req, res) => {
  const visits: number | undefined = req.session.visits;
  req.session.visits = (visits ?? 0) + 1;
  req.session.user = { id: 1, name: "Anna" };
  await req.session.signIn("anna", { remember: true, keep: ["visits"] });
  await req.session.elevate({ level: req.session.level + 1, methods: ["otp"] });
  const methods: readonly string[] = req.session.methods;
  res.set("X-Methods", isFresh(req.session, "5m") ? methods.join() : "");
  await req.session.update((data) => {
    data.visits = (data.visits ?? 0) + 1;
  });
  const handle: string = req.session.handle + req.sessionID;
  const until: Date | undefined = req.session.expiresAt;
  req.session.cookie.maxAge = 60_000;
  req.session.cookie.maxAge = null;
  req.session.regenerate((error) => res.end(String(error)));
  req.session.destroy(() => res.end(handle + until));
  await req.session.save();

  // @ts-expect-error a number is wanted
  req.session.visits = "one";
  // @ts-expect-error a reserved name is not data
  req.session.handle = "mine";
  // @ts-expect-error a cookie's flags cannot be changed
  req.session.cookie.httpOnly = false;
  // @ts-expect-error a level is raised by elevate
  req.session.level = 9;
  // @ts-expect-error signIn needs a user
  await req.session.signIn();
});

app.get("/:page", requireUser({ redirect: "/login" }), requireLevel(2), (req, res) => {
  const page: string = req.params.page;
  res.redirect(safeReturnTo(req.query.returnTo, `/${page}`));
});

sessions.on("session_expired", (event) => {
  const reason: "idle" | "absolute" = event.reason;
  // @ts-expect-error this event has no count
  event.count;
  console.log(event.at, event.session, reason);
});
sessions.on("*", (event) => {
  if (event.type === "session_revoked") console.log(event.count);
});
// @ts-expect-error there is no such event
sessions.on("session_exploded", () => undefined);

const list = await sessions.list("anna", { current: undefined });
console.log(list[0]?.client.userAgent, await sessions.revoke("handle", { user: 7 }));

const policy: EffectivePolicy = sessions.policy();
const broken: readonly BrokenRule[] = policy.standards.flatMap((standard) => standard.broken);
console.log(policy.limits.idle.text, broken[0]?.longest.ms);
// @ts-expect-error a policy is to be read
policy.profile = "nist-aal3";
// @ts-expect-error there is no such profile
session({ profile: "nist-aal4" });

// @ts-expect-error durations have units
session({ idle: "30 minutes" });
// @ts-expect-error there is no such option
session({ genid: () => "1" });

export function describe(error: unknown): string {
  if (!(error instanceof HoldfastError)) return "";
  switch (error.code) {
    case "ERR_HOLDFAST_STORE_UNAVAILABLE":
      return "busy";
    // @ts-expect-error there is no such code
    case "ERR_HOLDFAST_OOPS":
      return "";
    default:
      return error.message;
  }
}
