/**
 * An app as a deployment runs it: a process of its own, with `session()` on a store of the harness's choosing. What it
 * is to be comes as JSON in `FAULTS_APP`; it sends its port when it is ready, and what an operator should know as it
 * happens.
 *
 * @module
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import express, { type NextFunction, type Request, type Response } from "express";
import session from "holdfast";
import { placeAt } from "./places.ts";
import type { AppPlan, AppReport } from "./plan.ts";

declare module "holdfast" {
  interface SessionData {
    userId: string;
    [mark: `m-${string}`]: true | undefined;
  }
}

const plan: AppPlan = JSON.parse(process.env.FAULTS_APP ?? "null");
const tell = (report: AppReport): void => void process.send?.(report);

const place = await placeAt(plan.store);
const store = place.store();
const sessions = session({
  ...plan.sessions,
  secret: plan.secret,
  store,
  clock: { now: () => Date.now() + plan.clockOffset },
  onWarning: (message) => tell({ type: "warning", message }),
});
sessions.on("*", (event) => tell({ type: "event", name: event.type, text: JSON.stringify(event) }));

const app = express();
app.disable("x-powered-by");
app.use(sessions);

app.post("/sign-in", async (req, res) => {
  await req.session.signIn(String(req.query.user));
  res.json({ session: req.session.handle });
});
app.get("/look", (req, res) => {
  const { userId } = req.session;
  if (userId === undefined) return void res.status(401).json({});
  res.json(sightOf(req));
});
app.post("/write", async (req, res) => {
  if (req.session.userId === undefined) return void res.status(401).json({});
  const sight = sightOf(req);
  const mark = `m-${String(req.query.mark)}` as const;
  if (req.query.how === "update") {
    await req.session.update((data) => {
      data[mark] = true;
    });
  } else req.session[mark] = true;
  if (req.query.how === "save") await req.session.save();
  res.json(sight);
});
app.post("/sign-out", async (req, res) => {
  if (req.session.userId === undefined) return void res.status(401).json({});
  await req.session.signOut();
  res.json({});
});

app.post("/operator/revoke", async (req, res) => {
  res.json({ ended: await sessions.revoke(String(req.query.session)) });
});
app.post("/operator/revoke-user", async (req, res) => {
  res.json({ ended: await sessions.revokeUser(String(req.query.user)) });
});
app.post("/operator/revoke-all", async (_req, res) => {
  res.json({ ended: await sessions.revokeAll() });
});

app.use((error: { status?: number; code?: string }, _req: Request, res: Response, _next: NextFunction) => {
  if (error.status === undefined)
    tell({ type: "warning", message: `an error without a code: ${String(error)}` });
  res.status(error.status ?? 500).json({ code: error.code });
});

const server = app.listen(0, "127.0.0.1");
server.keepAliveTimeout = 60_000;
// Its connections count as TLS, so that cookies are those of production.
server.on("connection", (socket) => Object.defineProperty(socket, "encrypted", { value: true }));
await Promise.all([once(server, "listening"), sessions.ready()]);
tell({
  type: "ready",
  port: (server.address() as AddressInfo).port,
  forgetsAfter: store.capabilities.forgetsAfter,
});

process.on("message", async (question) => {
  if (question === "memory") {
    globalThis.gc?.();
    tell({ type: "memory", heapBytes: process.memoryUsage().heapUsed });
  }
  if (question === "full" || question === "roomy") place.makeFull?.(question === "full");
  if (question === "prune") {
    tell({ type: "pruned", records: await store.prune(Date.now() + plan.clockOffset, 10_000) });
  }
  if (question === "close") {
    server.closeAllConnections();
    server.close();
    await sessions.close();
    await place.end();
    process.disconnect();
  }
});

function sightOf({ session }: Request): { user: string | undefined; marks: string[] } {
  const marks = Object.keys(session).filter((key) => key.startsWith("m-"));
  return { user: session.userId, marks: marks.map((key) => key.slice(2)) };
}
