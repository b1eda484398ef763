/**
 * An OpenID Connect provider on this machine, whose every visitor is anna.
 *
 * @module
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { TestContext } from "node:test";
import { type TestAgent, testAgent } from "holdfast/testing";
import Provider from "oidc-provider";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const LOGIN = "/who-are-you";

export interface IdentityProvider {
  readonly issuer: string;
  readonly client: { readonly id: string; readonly secret: string };
  /** A browser in front of the provider's own pages. */
  newBrowser(): TestAgent;
  /** A browser, by default a new one, goes through the provider's pages. @returns where it is sent back to */
  signIn(authorization: string, browser?: TestAgent): Promise<string>;
  /** The browser's user leaves the provider, which tells the apps. */
  signOut(browser: TestAgent): Promise<void>;
}

/**
 * @param callback - where the app takes its visitors back
 * @param logout - where it takes logout tokens; `undefined`: nowhere
 */
export async function startIdentityProvider(
  test: TestContext,
  callback: string,
  logout?: string,
): Promise<IdentityProvider> {
  // It says at each start what of it is for development.
  test.mock.method(console, "info", () => undefined);
  test.mock.method(console, "warn", () => undefined);
  const client = { id: "the-app", secret: randomBytes(32).toString("hex") };
  let answer: RequestListener = () => undefined;
  const server = await testAgent((req, res) => answer(req, res), { https: false });
  test.after(() => server.close());
  const issuer = `http://127.0.0.1:${server.port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [callback],
        ...(logout !== undefined && {
          backchannel_logout_uri: logout,
          backchannel_logout_session_required: true,
        }),
      },
    ],
    cookies: { keys: [randomBytes(32).toString("hex")] },
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256" }] },
    features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
    // Its own refuses to ask this machine.
    fetch: (url: URL, { dispatcher: _, ...options }: RequestInit & { dispatcher?: unknown }) =>
      fetch(url, options),
    interactions: { url: () => LOGIN },
  });
  const pages = provider.callback();

  const letIn = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const accountId = "anna";
    const grant = new provider.Grant({ accountId, clientId: client.id });
    grant.addOIDCScope("openid");
    const consent = { grantId: await grant.save() };
    await provider.interactionFinished(req, res, { login: { accountId }, consent });
  };
  answer = (req, res) => void (req.url === LOGIN ? letIn(req, res) : pages(req, res));

  return {
    issuer,
    client,
    newBrowser: () => server.newBrowser(),
    async signIn(authorization, browser = server.newBrowser()) {
      let location = authorization;
      while (location.startsWith(issuer) || location.startsWith("/")) {
        const { pathname, search } = new URL(location, issuer);
        const reply = await browser.get(pathname + search);
        if (reply.headers.location === undefined) throw new Error(`${reply.status}: ${reply.text}`);
        location = reply.headers.location;
      }
      return location;
    },
    async signOut(browser) {
      const page = await browser.get("/session/end");
      const xsrf = /name="xsrf" value="(\w+)"/.exec(page.text)?.[1] ?? "";
      const reply = await browser.post("/session/end/confirm", `xsrf=${xsrf}&logout=yes`, {
        headers: { "content-type": "application/x-www-form-urlencoded" },
      });
      if (reply.status !== 303) throw new Error(`${reply.status}: ${reply.text}`);
    },
  };
}
