/**
 * What keycloak-connect asks of a Keycloak server, which needs Java and cannot be had for tests.
 *
 * @module
 */
import { createSign, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import type { KeycloakConfig } from "keycloak-connect";

const CLIENT = "the-app";
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

export interface Keycloak {
  /** For the package's constructor. */
  readonly config: KeycloakConfig;
  /** The app's ids of the sessions in which somebody has signed in. */
  readonly sessions: readonly string[];
  /** The body of what the server posts to the app's `k_logout` to end its session. */
  logoutOf(session: string): string;
}

/** A realm where every code is anna's. */
export async function startKeycloak(test: TestContext): Promise<Keycloak> {
  const sessions: string[] = [];
  const server = createServer(async (req, res) => {
    res.setHeader("Content-Type", "application/json");
    res.end(JSON.stringify(await answer(req)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  test.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const answer = async (req: IncomingMessage): Promise<object> => {
    if (req.url?.endsWith("/certs"))
      return { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "one" }] };
    const session = new URLSearchParams(await text(req)).get("client_session_state");
    if (session !== null) sessions.push(session);
    const claims = { iss: `${url}/realms/test`, aud: CLIENT, ...times(), preferred_username: "anna" };
    return {
      access_token: signed({ ...claims, typ: "Bearer" }),
      id_token: signed({ ...claims, typ: "ID" }),
      token_type: "bearer",
      expires_in: 300,
    };
  };

  return {
    config: {
      realm: "test",
      resource: CLIENT,
      "auth-server-url": url,
      "ssl-required": "none",
      "confidential-port": 0,
    },
    sessions,
    logoutOf: (session) => signed({ action: "LOGOUT", adapterSessionIds: [session], ...times() }),
  };
}

function times(): { iat: number; exp: number } {
  const now = Math.floor(Date.now() / 1_000);
  return { iat: now, exp: now + 300 };
}

function signed(claims: object): string {
  const [header, payload] = [{ alg: "RS256", kid: "one" }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url"),
  );
  const content = `${header}.${payload}`;
  return `${content}.${createSign("RSA-SHA256").update(content).sign(privateKey, "base64url")}`;
}
