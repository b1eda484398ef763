import type { IncomingMessage, ServerResponse } from "node:http";
import type { HoldfastError } from "../errors.ts";
import type { MigrationReport } from "../migrate/report.ts";
import type { SessionEventListener, SessionEventName } from "../session/events.ts";
import type { ProviderLogout } from "../session/federation/provider.ts";
import type { Keys } from "../session/key-operations.ts";
import type { Session, SessionData } from "../session/object/types.ts";
import type { SessionsHealth } from "../session/outage/health.ts";
import type { ListAllOptions, ListedSessions, SessionSummary } from "../session/users.ts";
import type { EffectivePolicy } from "./effective-policy.ts";
import type { Next } from "./next.ts";
import type { SocketSession } from "./socket-session.ts";
import type { UpgradeOptions } from "./upgrade.ts";

/** The middleware that {@link session} returns, and what can be done with a deployment's sessions from outside them. */
export interface Sessions {
  /**
   * Middleware for Express, Connect and `node:http`. Under Express errors go to `next`; on bare `node:http` they are
   * replied (403, 429, 503), and `next` runs only for requests that may go on.
   */
  (req: IncomingMessage, res: ServerResponse, next: Next): void;

  /**
   * This deployment's session of a request, also where another one's is `req.session`; `undefined` if there is none.
   */
  get(req: IncomingMessage): (Session & Partial<SessionData>) | undefined;

  /**
   * A user's sessions, latest activity first: those that are live, and those that have locked.
   *
   * @param options - `current`: the handle to mark
   * @throws {HoldfastError} `ERR_HOLDFAST_USER`, `ERR_HOLDFAST_STORE_UNAVAILABLE`; before the first keys have come,
   * `ERR_HOLDFAST_KEYS_UNAVAILABLE`; `ERR_HOLDFAST_STORE_CANNOT` on a store without lists
   */
  list(user: string | number, options?: { current?: string | undefined }): Promise<SessionSummary[]>;

  /**
   * Everybody's sessions, live or locked, anonymous ones included, a page at a time. For operators: pass none of it to
   * users.
   *
   * A walk over all pages shows a session that lives throughout once; one that gets a new id meanwhile may be missing
   * or there twice.
   *
   * @example
   * ```ts
   * let after: string | undefined;
   * do {
   *   const page = await sessions.listAll({ after });
   *   for (const { user, client } of page.sessions) console.log(user, client.ip);
   *   after = page.next;
   * } while (after !== undefined);
   * ```
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_STORE_UNAVAILABLE`; `ERR_HOLDFAST_STORE_CANNOT` on a
   * store without lists
   */
  listAll(options?: ListAllOptions): Promise<ListedSessions>;

  /**
   * Ends one session, on every process that uses the store, once it has resolved.
   *
   * @param options - `user`: only if it is this user's. Without `options`: an operator's power; never pass a handle
   * from a client that way
   * @returns false if there is no such session (of that user)
   * @throws {HoldfastError} `ERR_HOLDFAST_USER` if `user` is nobody, as an anonymous visitor is;
   * `ERR_HOLDFAST_STORE_UNAVAILABLE`
   */
  revoke(handle: string, options?: { user: string | number }): Promise<boolean>;

  /**
   * Ends all sessions of a user but the one with the handle `except`.
   *
   * @returns how many; 0 where the store cannot count
   * @throws {HoldfastError} `ERR_HOLDFAST_USER`, `ERR_HOLDFAST_STORE_UNAVAILABLE`; `ERR_HOLDFAST_KEYS_UNAVAILABLE` where
   * the keys cannot be looked up now: what this process knows of is ended then, and there may be more;
   * `ERR_HOLDFAST_STORE_CANNOT` on a store that has no users, or with `except` on one without lists
   */
  revokeUser(user: string | number, options?: { except?: string | undefined }): Promise<number>;

  /**
   * Ends all sessions of everybody, anonymous ones included, on every process that uses the store, once it has resolved
   * (ASVS 7.4.5). Sign-ins that began before it do not finish. An operator's power.
   *
   * @returns how many there were, those included that had expired; 0 where the store cannot count
   * @throws {HoldfastError} `ERR_HOLDFAST_STORE_UNAVAILABLE`; `ERR_HOLDFAST_STORE_CANNOT` on a store that cannot
   */
  revokeAll(): Promise<number>;

  /**
   * Ends the sessions that began with an ID token (`signIn`'s `idToken`) of this session, or subject, at an OpenID
   * Provider, on every process that uses the store, once it has resolved. With `sid`: those of that session, and those of
   * `subject` without a `sid`. Without: all of `subject`. Sign-ins with an ID token from before it do not finish.
   * `backChannelLogout` of `holdfast/oidc` does so for genuine logout tokens; call it where you hear otherwise that a
   * session has ended, as from a refresh token that is refused.
   *
   * @returns how many
   * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_STORE_UNAVAILABLE`; `ERR_HOLDFAST_KEYS_UNAVAILABLE` as
   * {@link revokeUser}; `ERR_HOLDFAST_STORE_CANNOT` on a store that cannot list and end a user's sessions
   */
  revokeFederated(session: ProviderLogout): Promise<number>;

  /** The keys that sign and seal, in an operator's hands. */
  readonly keys: Keys;

  /**
   * Resolves once the store is open and has answered, and there are keys: `await sessions.ready()` before the server
   * listens, and a wrong URL, password or database is an error at start rather than at the first user's request. May be
   * called again after it failed; the store is opened by one attempt at a time, and not more often than every second,
   * or every ten once several have failed.
   *
   * @throws {HoldfastError} the store's own: `ERR_HOLDFAST_STORE_UNAVAILABLE`, which may mend itself, or
   * `ERR_HOLDFAST_STORE_REFUSED`, `ERR_HOLDFAST_STORE_CLIENT`, `ERR_HOLDFAST_STORE_SCHEMA`,
   * `ERR_HOLDFAST_STORE_CORRUPT`, `ERR_HOLDFAST_STORE_CLOSED`, which need somebody; or that of the keys
   */
  ready(): Promise<void>;

  /**
   * How the deployment is, for an endpoint that a load balancer asks. It asks the store for a record that is not there,
   * at most once a second; where a store that was out is due to be tried again, that is the try. Takes no longer than
   * `storeTimeout`, or six times that while keys are being fetched for the first time; never rejects.
   */
  health(): Promise<SessionsHealth>;

  /**
   * Why the session of this request cannot be read; `undefined` if it can. Where `onStoreError` lets the request go on,
   * a handler that asks this first can reply without its session; one that looks at `req.session` cannot.
   */
  failure(req: IncomingMessage): HoldfastError | undefined;

  /**
   * The limits and cookie that new sessions get, and which standards the limits meet: plain data for a review
   * (ASVS 7.1.1). A session that began under other limits keeps those.
   */
  policy(): EffectivePolicy;

  /**
   * How far the taking over of legacy sessions has come (`migrate`): `undefined` where nothing is taken over, or no more.
   * Reads every session; for operators, as `npx holdfast migrate` does.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_STORE_UNAVAILABLE`, of either store; `ERR_HOLDFAST_KEYS_UNAVAILABLE`
   */
  migration(): Promise<MigrationReport | undefined>;

  /**
   * The session of a request that asks for a WebSocket or another upgrade, read from the store now; or of the handshake
   * of a Socket.IO socket. Whatever is opened with it is closed when the session ends, on this process at once, on
   * others within `sockets.interval`.
   *
   * The cookie counts under the rules of the middleware, which need not have seen the request. Its `Origin` must be one
   * of `origin`, or that of the request's own `Host` (ASVS 4.4.2).
   *
   * @returns `undefined` if the request is refused: it has been answered (401, 403, 429 or 503), and its connection closed
   * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN`; `ERR_HOLDFAST_NOT_A_REQUEST`;
   * `ERR_HOLDFAST_STORE_CANNOT` where clients carry their sessions
   *
   * @example
   * ```ts
   * server.on("upgrade", async (req, socket, head) => {
   *   const session = await sessions.fromUpgrade(req);
   *   if (session === undefined) return;
   *   wss.handleUpgrade(req, socket, head, (ws) => {
   *     session.closeWith(ws);
   *     wss.emit("connection", ws, req);
   *   });
   * });
   * ```
   */
  fromUpgrade(req: IncomingMessage, options?: UpgradeOptions): Promise<SocketSession | undefined>;

  /** Listens to one type of event, or to all (`"*"`). */
  on<Name extends SessionEventName>(name: Name | "*", listener: SessionEventListener<Name>): Sessions;
  off<Name extends SessionEventName>(name: Name | "*", listener: SessionEventListener<Name>): Sessions;

  /** Closes open sockets, records pending activity, stops pruning and the upkeep of keys, and closes the store. */
  close(): Promise<void>;
}
