import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { TestContext } from "node:test";
import type { SessionEvent } from "../../src/index.ts";
import { storedKeys } from "../../src/keys/index.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import type { TestAgent, TestReply } from "../../src/testing/index.ts";
import { databaseFor, openLibsql } from "../store/databases.ts";
import { newDeviceKey, registrationProof } from "./device-keys.ts";
import { LEGACY_NAME, legacyApp, movingApp, visitorWith } from "./legacy-app.ts";
import {
  type AppOptions,
  browserWith,
  cookieOf,
  NAME,
  type SessionApp,
  sessionApp,
  set,
} from "./session-app.ts";
import { ssoApp, testProvider } from "./sso-app.ts";
import { WatchedStore } from "./watched-store.ts";

/** What an onlooker of {@link eventfulLife} could have written down. */
export interface Life {
  readonly events: readonly SessionEvent[];
  readonly warnings: readonly string[];
  readonly errors: readonly unknown[];
  readonly replies: readonly TestReply[];
  /** Every cookie that was ever set. */
  readonly cookies: ReadonlySet<string>;
  /** The cookie of other software whose session came over. */
  readonly legacy: string;
  /** What a device was to sign, has signed, and was given for it. */
  readonly device: readonly string[];
}

/** A deployment to which everything happens that can happen, on an SQLite file. `options` have one secret. */
export async function eventfulLife(
  test: TestContext,
  options: AppOptions & { secret: string },
): Promise<Life> {
  const path = databaseFor(test);
  const store = new WatchedStore({ inner: new SqliteStore(path) });
  const app = await sessionApp(test, { ...options, store });
  const plain = await sessionApp(test, { ...options, https: false, clock: app.clock });
  const limited = await sessionApp(test, { ...options, maxSessions: 1, clock: app.clock });
  const locking = await sessionApp(test, { ...options, onIdle: "lock", clock: app.clock });
  const strict = await sessionApp(test, {
    ...options,
    clock: app.clock,
    clientAddress: "connection",
    onForged: { most: 1, per: "1m" },
  });
  const replies: TestReply[] = [];
  const note = async (reply: Promise<TestReply>): Promise<void> => void replies.push(await reply);
  const act = (...args: Parameters<SessionApp["act"]>): Promise<void> => note(app.act(...args));

  const cookies = new Set<string>();
  const signIn = async (browser: TestAgent, user: string): Promise<void> => {
    await browser.signIn(user);
    cookies.add(cookieOf(browser));
  };

  await act(set({ cart: 1 }));
  await act((session) => session.signIn("anna"));
  const anna = cookieOf(app.agent);
  await act(set({ userId: "bert" }));
  await act((session) => session, { by: browserWith(app, anna) });
  await act((session) => session.signOut());
  await act((session) => session, { by: browserWith(app, `${anna.slice(0, -1)}x`) });

  await signIn(app.agent, "carl");
  const carl = cookieOf(app.agent);
  await app.sessions.revoke(carl.split(".")[1] ?? "", { user: "carl" });
  await signIn(app.agent, "carl");
  await act(set({ a: 1 }), { method: "POST", headers: { "sec-fetch-site": "cross-site" } });
  const other = app.agent.newBrowser();
  await signIn(other, "dora");
  await act((session) => session, {
    by: app.agent.newBrowser(),
    headers: { cookie: `${NAME}=${cookieOf(other)}; ${NAME}=${cookieOf(app.agent)}` },
  });
  const same = browserWith(app, cookieOf(app.agent));
  await act(async (session) => {
    session.a = 1;
    await act(set({ a: 2 }), { by: same });
  });
  await act(async (session) => {
    session.a = 3;
    await app.sessions.revokeUser("carl");
  });

  await signIn(app.agent, "hans");
  const hans = cookieOf(app.agent);
  app.clock.advance("15m");
  await act((session) => session);
  await act((session) => session);
  app.clock.advance("1m");
  await act((session) => session, { by: browserWith(app, hans) });

  await signIn(app.agent, "emil");
  app.clock.advance("31m");
  await act((session) => session);
  await signIn(app.agent, "emil");
  const raw = openLibsql(path);
  raw
    .prepare("UPDATE holdfast_sessions SET body = x'00' WHERE handle = ?")
    .run(cookieOf(app.agent).split(".")[1]);
  raw.close();
  await act((session) => session);
  for (const operation of ["read", "update", "delete"] as const) {
    await signIn(other, "fred");
    store.fail(operation, Object.assign(new Error("disk trouble"), { operation }));
    await act((session) => (operation === "delete" ? session.signOut() : set({ b: 1 })(session)), {
      by: other,
    });
    store.fail(operation, undefined);
  }
  await act((session) => session.signIn("hugo"), { headers: { "user-agent": "curl/8.11.0" } });
  await act((session) => session, { headers: { "user-agent": "Wget/1.25.0" } });
  for (const letter of ["x", "y"]) {
    await note(
      strict.act((session) => session, { by: browserWith(strict, `${anna.slice(0, -1)}${letter}`) }),
    );
  }
  await note(plain.act(set({ a: 1 })));
  await act((session) => session.signIn("ivan"));
  await act((session) => session.impersonate("jane"));
  await act((session) => session.endImpersonation());
  await note(locking.act((session) => session.signIn("hugo")));
  app.clock.advance("31m");
  await note(locking.act((session) => session.signIn("hugo")));
  await note(limited.act((session) => session.signIn("gina"), { by: limited.agent.newBrowser() }));
  await note(limited.act((session) => session.signIn("gina")));

  const rotating = await sessionApp(test, {
    ...options,
    secret: storedKeys({ secret: options.secret, propagation: "1m" }),
    store,
    clock: app.clock,
    idle: "30m",
    absolute: "1h",
  });
  for (const pause of ["1m", "63m", "1m"] as const) {
    const key = await rotating.sessions.keys.rotate();
    app.clock.advance(pause);
    await rotating.sessions.keys.list();
    if (pause === "63m") await rotating.sessions.keys.revoke(key.id);
  }
  app.clock.advance("1h");
  store.fail("readValue", new Error("disk trouble"));
  await rotating.sessions.keys.list();
  store.fail("readValue", undefined);

  const out = new WatchedStore();
  const troubled = await sessionApp(test, {
    ...options,
    store: out,
    clock: app.clock,
    overload: { inFlight: 1 },
  });
  await signIn(troubled.agent, "kate");
  out.fail("read", new Error("disk trouble"));
  for (let i = 0; i < 6; i++) await note(troubled.act((session) => session));
  out.fail("read", undefined);
  app.clock.advance("1s");
  await note(troubled.act((session) => session));
  const { reached, release } = out.hold("read");
  const waiting = note(troubled.act((session) => session));
  await reached;
  await note(troubled.act((session) => session));
  release();
  await waiting;

  await closeSocket(locking);
  const bound = await sessionApp(test, { ...options, clock: app.clock, deviceBound: "offer" });
  const device = await bindAndLose(bound, () => app.clock.advance("11m"));
  cookies.add(cookieOf(bound.agent));

  const federated = await ssoApp(test, { ...options, provider: await testProvider(app.clock) });
  await note(federated.send("no token"));

  const old = await legacyApp(test);
  const moving = await movingApp(test, old, { ...options, migrate: {}, clock: app.clock });
  const legacy = await old.cookieWith({ userId: "lena", level: 1 });
  await note(moving.act((session) => session, { by: visitorWith(moving, legacy) }));
  await note(moving.act((session) => session, { by: visitorWith(moving, `${legacy}x`) }));

  const setCookies = replies.flatMap(({ setCookie }) => setCookie);
  for (const header of setCookies.filter((one) => !one.startsWith(LEGACY_NAME))) {
    cookies.add(header.slice(NAME.length + 1).split(";", 1)[0] ?? "");
  }
  cookies.delete("");
  const apps = [app, plain, limited, rotating, locking, strict, troubled, moving, bound, federated.app];
  return {
    events: apps.flatMap((one) => one.events),
    warnings: apps.flatMap((one) => one.warnings),
    errors: apps.flatMap((one) => one.errors),
    replies,
    cookies,
    legacy,
    device,
  };
}

/** A session is bound, then comes without its device. Returns what no onlooker may see. */
async function bindAndLose(app: SessionApp, wait: () => void): Promise<readonly string[]> {
  const { agent } = app;
  const reply = await app.act((session) => session.signIn("mona"));
  const offer = String(reply.headers["secure-session-registration"]);
  const [, challenge = "", id = ""] = /challenge="([\w-]+)";authorization="([\w-]+)"/.exec(offer) ?? [];
  const proof = registrationProof(newDeviceKey(), challenge, id);
  const register = (response: string): Promise<TestReply> =>
    agent.send("/device-bound/register", {
      method: "POST",
      headers: { "secure-session-response": response },
    });
  await register(proof);
  await register(registrationProof(newDeviceKey(), challenge, id));
  const boundCookie = agent.cookies.get(`${NAME}-bound`) ?? "none";
  wait();
  await app.act((session) => session, { by: browserWith(app, cookieOf(agent)) });
  return [challenge, proof, boundCookie];
}

/** A session with a socket ends. */
async function closeSocket({ sessions, agent }: SessionApp): Promise<void> {
  await agent.signIn("lena");
  const req = new IncomingMessage(Object.defineProperty(new Socket(), "encrypted", { value: true }));
  req.method = "GET";
  req.headers = { cookie: `${NAME}=${cookieOf(agent)}`, host: "app.example", origin: "https://app.example" };
  const socket = await sessions.fromUpgrade(req);
  await socket?.session.signOut();
  await new Promise(setImmediate);
}
