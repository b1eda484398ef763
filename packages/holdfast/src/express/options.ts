/**
 * The options of {@link session}, each with its default and why.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import type { Clock } from "../clock.ts";
import type { CookieOptions } from "../cookie/options.ts";
import type { CrossOriginRules } from "../cross-site/options.ts";
import type { Random } from "../crypto/random.ts";
import type { Duration } from "../duration.ts";
import type { KeyProvider } from "../keys/provider.ts";
import type { MigrateOptions } from "../migrate/options.ts";
import type { PolicyOptions } from "../session/policy.ts";
import type { Store } from "../store/contract.ts";
import type { ClientAddress } from "./client-address.ts";
import type { ForgedLimit } from "./forged.ts";
import type { OnRisk } from "./on-risk.ts";
import type { OnStoreError } from "./on-store-error.ts";
import type { OverloadOptions } from "./overload.ts";
import type { SocketOptions } from "./socket-options.ts";

/** Options of {@link session}. All but `secret` have safe defaults. */
export interface SessionOptions extends PolicyOptions {
  /**
   * What the deployment's keys are made from: at least 32 random bytes as text (`npx holdfast keygen`), or several,
   * newest first: the first signs, the others are still accepted, and their cookies are re-signed as they come by.
   * Taking one away ends the sessions that depend on it alone. Or a provider of `holdfast/keys`, for keys that rotate
   * by the clock or come from a vault. Without one, production refuses to start; elsewhere a key file is made in
   * `.holdfast/`.
   */
  secret?: string | readonly string[] | KeyProvider | undefined;
  /**
   * Where sessions are kept. Default: a `MemoryStore`, which is bounded, and gone when the process ends: for
   * production pass a store that is not, such as `SqliteStore`.
   */
  store?: Store<unknown> | undefined;
  /** Name of the cookie. Default `"session"`; over HTTPS it gets the `__Host-` prefix (RFC 6265bis 4.1.3.2). */
  name?: string | undefined;
  cookie?: CookieOptions | undefined;
  /**
   * The app's own origins, such as `"https://example.com"`, for browsers without Fetch Metadata and for sister sites
   * that may send forms here. Default: the request's `Host`.
   */
  origin?: string | readonly string[] | undefined;
  /**
   * True switches off the check that unsafe requests with a session come from the app's own pages. Then every other
   * site can act in its visitors' names, unless the app defends itself (CSRF). Default false.
   */
  insecureAllowCrossSite?: boolean | undefined;
  /** Exceptions from that check; see {@link CrossOriginRules}. Upgrades are not excepted. Default: none. */
  crossOrigin?: CrossOriginRules | undefined;
  /**
   * On bare `node:http` behind a proxy that ends TLS: true trusts its `X-Forwarded-Proto`. Everybody can send that
   * header, so the proxy must replace it. Default: not trusted; under Express its `trust proxy` setting decides.
   */
  proxy?: boolean | undefined;
  /**
   * True sends `Clear-Site-Data: "cookies", "storage"` when a session is ended by its user (OWASP). Default false: it
   * empties the whole registrable domain, sister apps included.
   */
  clearSiteData?: boolean | undefined;
  /** False for requests that do not keep a session alive, such as polling. Default: every request does. */
  isActivity?: ((req: IncomingMessage) => boolean) | undefined;
  /**
   * Who says what a client's address is, for events, lists and comparisons. `"connection"`: the connection itself,
   * where no proxy stands in front. `"express"`: `req.ip`, which believes whom `trust proxy` names. A function: your
   * own reading of what a proxy of yours sends; `undefined` or what is no address counts as unknown. Default: `req.ip`
   * under Express, else the connection. No header is believed but by this (ASVS 15.3.4).
   */
  clientAddress?: ClientAddress | undefined;
  /**
   * Answers guessed session ids with 429 and `Retry-After` once more than `most` have come from one address (IPv6: one
   * /64) within `per` of the first. Counted is what has the form of an id under a key in use; a request without a
   * cookie, or with a genuine one, is never refused. Needs `clientAddress`. Default: not limited; each is an event,
   * `session_forged`, and an id of 256 random bits is not to be guessed.
   */
  onForged?: ForgedLimit | undefined;
  /**
   * What to do when a signed-in session comes from another client: another operating system, another browser or another
   * network, not another version or another address of the same network. `"allow"`: nothing; `"notify"`: an event,
   * `session_client_changed`; `"reauthenticate"`: that event, and the session keeps its user and data but counts as
   * neither fresh nor on any level until `signIn` or `elevate`; `"end"`: that event, and the session ends. Asked once
   * for each change, when the session is loaded; must answer at once. Where it throws, it counts as `"reauthenticate"`,
   * with a warning. Default: `"notify"`. All of it is evidence that a thief can imitate: it is no binding (NIST SP
   * 800-63B-4 5.3).
   */
  onRisk?: OnRisk | undefined;
  /**
   * What `req.session = null` does: `"destroy"` (default) ends the session, `"keep"` only drops this request's
   * changes (the default of express-session).
   */
  unset?: "destroy" | "keep" | undefined;
  /**
   * Longest that a store which answers with promises may take for one operation. Default `"500ms"`; then the request
   * fails with 503. Twenty times as long for opening the store and for operators' work on all sessions, six times for a
   * provider of keys. A store that answers at once cannot be interrupted.
   */
  storeTimeout?: Duration | undefined;
  /**
   * What becomes of a request whose session cannot be read, because the store is out or overloaded. `"fail"`: it fails
   * with 503 before any handler runs. `"continue"`: handlers run; as soon as they have looked at `req.session`, which is
   * empty, whatever they reply becomes the 503, and every verb of the session throws why: pages that need no session go
   * on, and none is made as if nobody were signed in. A function of the request and the error answers one or the other,
   * at once. `sessions.failure(req)` tells a handler without looking. Default: `"fail"`. A store that answers at once is
   * asked only when a handler looks: with it every request continues.
   */
  onStoreError?: OnStoreError | undefined;
  /**
   * When to refuse requests that need the store, with 503 and `ERR_HOLDFAST_OVERLOADED`, before the process drowns in
   * those that wait. Default: beyond 1000 operations that wait for the store; writes, and with them sign-outs, beyond
   * 2000.
   */
  overload?: OverloadOptions | undefined;
  /**
   * Takes over the sessions of an app that runs with other software: its cookies are accepted, and each session moves
   * here at its first request, once. Default: nothing is taken over. See docs/migrate.md.
   */
  migrate?: MigrateOptions | undefined;
  /** How the sessions of open sockets are looked after; see `sessions.fromUpgrade`. */
  sockets?: SocketOptions | undefined;
  /** Told of what an operator should know; each thing once. Default: `process.emitWarning`. */
  onWarning?: ((message: string) => void) | undefined;
  /** Where the time comes from. Default: the system's clock. */
  clock?: Clock | undefined;
  /** Where random bytes come from. Default: `node:crypto`. */
  random?: Random | undefined;
  /**
   * Accepted from express-session's options, with nothing left to do: a session is written when it has changed, and
   * only then.
   */
  resave?: boolean | undefined;
  /** Accepted from express-session's options, with nothing left to do: an empty session is never stored. */
  saveUninitialized?: boolean | undefined;
}
