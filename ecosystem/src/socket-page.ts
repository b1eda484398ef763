/**
 * A page with a session, and the server that sockets are opened on.
 *
 * @module
 */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { StartedSessions } from "./session-apis.ts";
import type { Setting } from "./settings.ts";

export interface SocketPage {
  readonly server: Server;
  readonly sessions: StartedSessions;
  readonly url: string;
  /** What a browser sends with a handshake: the cookie of a user who has signed in, and the page's origin. */
  readonly headers: { readonly cookie: string; readonly origin: string };
  /** How many visits the page shows. */
  visits(): Promise<unknown>;
  signOut(): Promise<void>;
}

/**
 * @param prepare - sets up the sockets, before the server listens
 */
export async function socketPage(
  test: TestContext,
  { api, express }: Setting,
  prepare: (server: Server, sessions: StartedSessions) => void,
): Promise<SocketPage> {
  const sessions = api.start({ plainHttp: true });
  const app = express();
  app.use(sessions.middleware);
  app.post("/login", (req, res) => {
    Object.assign(req.session, { user: "anna", visits: 1 });
    res.end();
  });
  app.get("/", (req, res) => void res.json(req.session.visits ?? null));
  app.post("/logout", (req, res) => req.session.destroy(() => res.end()));
  const server = createServer(app);
  prepare(server, sessions);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  test.after(async () => {
    server.closeAllConnections();
    server.close();
    await sessions.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const login = await fetch(`${origin}/login`, { method: "POST", headers: { origin } });
  const cookie = login.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
  const headers = { cookie, origin };
  return {
    server,
    sessions,
    url: origin,
    headers,
    visits: async () => (await fetch(origin, { headers })).json(),
    signOut: async () => void (await fetch(`${origin}/logout`, { method: "POST", headers })),
  };
}
