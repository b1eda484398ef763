/**
 * The endpoint that an OpenID Provider calls when its user has logged out there (OpenID Connect Back-Channel Logout 1.0).
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { HoldfastError } from "../errors.ts";
import type { Deployment } from "../express/deployment.ts";
import { statusOf } from "../express/refuse.ts";
import { reporterOf } from "../express/request-session.ts";
import { deploymentOf } from "../express/session.ts";
import type { LogoutFlaw } from "../session/federation/logout-flaw.ts";
import { revokeFederated } from "../session/federation/revoke-federated.ts";
import { logoutTokenIn } from "./logout-request.ts";
import { readLogoutToken } from "./logout-token.ts";
import { type BackChannelLogoutOptions, type BackChannelLogoutSettings, settingsOf } from "./options.ts";

/**
 * A handler for the `backchannel_logout_uri` that the app has registered with its provider: ends the sessions that a
 * genuine logout token names, those that began with `signIn(…, { idToken })`. It is called by the provider's server,
 * without a cookie, so no check against forged requests applies but the token's signature.
 *
 * Answers 200 once no process accepts them any more, also where there are none (section 2.7); 400 and a reason for a
 * token that is refused, and then nothing is ended; 503 where the store or the provider's keys cannot be reached, for the
 * same token to be sent again. A token that was carried out ends nothing more, and is answered 200 again.
 *
 * @example
 * ```ts
 * app.post("/backchannel-logout", backChannelLogout({
 *   sessions,
 *   issuer: "https://login.example.com",
 *   clientId: "my-app",
 *   keys: "https://login.example.com/jwks",
 * }));
 * ```
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN`, `ERR_HOLDFAST_DURATION`;
 * `ERR_HOLDFAST_STORE_CANNOT` on a store that cannot list and end a user's sessions; all at once
 */
export function backChannelLogout(
  options: BackChannelLogoutOptions,
): (req: IncomingMessage, res: ServerResponse) => void {
  const settings = settingsOf(options);
  const deployment = deploymentOf(options.sessions);
  return (req, res) => {
    res.setHeader("Cache-Control", "no-store");
    if (req.method !== "POST") {
      res.setHeader("Allow", "POST");
      return reply(req, res, 405, "invalid_request", "A logout token comes with POST.");
    }
    void logOut(deployment, settings, req).then(
      (flaw) => {
        if (res.headersSent) return;
        if (flaw === null || flaw === "replayed") return reply(req, res, 200);
        if (flaw === "keys_unavailable")
          return fail(req, res, new HoldfastError("ERR_HOLDFAST_KEYS_UNAVAILABLE"));
        reply(req, res, 400, "invalid_request", `The logout token was refused: ${flaw}.`);
      },
      (error) => fail(req, res, error),
    );
  };
}

/** `null`: it is done. Rejects where that cannot be said. */
async function logOut(
  deployment: Deployment,
  settings: BackChannelLogoutSettings,
  req: IncomingMessage,
): Promise<LogoutFlaw | null> {
  const { core, keeper } = deployment;
  const { providers, clock } = core;
  const reporter = reporterOf(deployment, req);
  const refuse = <Flaw extends LogoutFlaw>(reason: Flaw): Flaw => {
    reporter.report("backchannel_logout_refused", { reason });
    return reason;
  };
  const found = await logoutTokenIn(req);
  if (typeof found === "string") return refuse(found);
  const token = await readLogoutToken(found.token, settings, clock.now());
  if (typeof token === "string") return refuse(token);
  await keeper.ready();
  const { issuer, id, issuedAt, until } = token;
  if (await providers.wasDone(issuer, id, reporter)) return refuse("replayed");
  await revokeFederated(core, keeper, token, issuedAt, reporter);
  // Not before: one whose answer was lost half-way must be carried out when it comes again.
  await providers.noteDone(issuer, id, until, reporter);
  return null;
}

function fail(req: IncomingMessage, res: ServerResponse, error: unknown): void {
  if (res.headersSent || (req.destroyed && !req.complete)) return;
  const status = Math.max(500, statusOf(error));
  if (error instanceof HoldfastError)
    for (const [name, value] of Object.entries(error.headers)) res.setHeader(name, value);
  if (status === 503)
    return reply(req, res, status, "temporarily_unavailable", "Send the token again later.");
  reply(req, res, status, "server_error", "The logout could not be carried out.");
}

/** The body is that of section 2.8: an error as in RFC 6749, 5.2. */
function reply(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  error?: string,
  description?: string,
): void {
  const body = error === undefined ? "" : `${JSON.stringify({ error, error_description: description })}\n`;
  res.statusCode = status;
  if (body !== "") res.setHeader("Content-Type", "application/json; charset=utf-8");
  res.setHeader("Content-Length", Buffer.byteLength(body));
  res.setHeader("X-Content-Type-Options", "nosniff");
  // What is left of a body is not waited for.
  if (!req.complete && req.httpVersionMajor < 2) res.setHeader("Connection", "close");
  res.end(body);
}
