import type { Socket } from "node:net";
import { HoldfastError } from "../errors.ts";
import type { Session, SessionData } from "../session/object/types.ts";
import type { StampedHeader } from "../session/record/header.ts";
import type { SessionWatch } from "../session/watching/session-watch.ts";
import type { SocketEnd, Watcher } from "../session/watching/watched-session.ts";
import { type ClosableSocket, closeSocket, onceClosed, whenGone } from "./close-socket.ts";
import { KeptSockets } from "./kept-sockets.ts";
import { isUpgrade } from "./refuse-upgrade.ts";
import type { UpgradeRequest } from "./upgrade-request.ts";

/** The session of an open socket, as {@link Sessions.fromUpgrade} gives it. */
export interface SocketSession {
  /**
   * The session, as the store had it a moment ago: also `req.session`. There is no reply to save it with, so change it
   * with `update`, or call `save`; to see what others have changed, `reload`. `signOut` and `destroy` end it. What needs
   * to give the client another id (`signIn`, `elevate`, `regenerate`, another user) throws
   * `ERR_HOLDFAST_HEADERS_SENT`.
   */
  readonly session: Session & Partial<SessionData>;
  /** Its public name; `undefined` where there is no stored session. */
  readonly handle: string | undefined;
  /** Whose it is, or who is impersonated; `undefined` where nobody is signed in. */
  readonly user: string | undefined;
  /**
   * Aborted when the session has ended, locked or got another user, or nobody could say for `sockets.grace`; its
   * `reason` is an error with `ERR_HOLDFAST_SESSION_ENDED`, `ERR_HOLDFAST_SESSION_LOCKED` or
   * `ERR_HOLDFAST_STORE_UNAVAILABLE`. Never, where there is no stored session.
   */
  readonly ended: AbortSignal;
  /**
   * Closes this when the session ends: a WebSocket of `ws` (code 4401, or 1013 when the store could not be asked, and a
   * reason in two words; after a second the connection is cut), a socket of Socket.IO (`disconnect(true)`), a stream
   * (`destroy`). At once if it has ended already. Without it the connection of an upgrade request is cut.
   */
  closeWith(socket: ClosableSocket): this;
  /**
   * Counts now as activity, as a request does: moves the idle limit. Traffic on the socket alone does not. Cheap, never
   * throws: recorded at most once in a tenth of the idle limit.
   */
  touch(): void;
  /** Watches no more, and closes nothing. Called by itself when the connection, or what `closeWith` was given, is gone. */
  release(): void;
}

export class WatchedSocket implements SocketSession, Watcher {
  readonly session: Session & Partial<SessionData>;
  readonly handle: string | undefined;
  readonly user: string | undefined;
  readonly #request: UpgradeRequest;
  readonly #watch: SessionWatch;
  readonly #sockets = new KeptSockets();
  readonly #controller = new AbortController();
  readonly #warn: (topic: string, message: string) => void;
  #release = (): void => undefined;
  #forget = (): void => undefined;
  #why: SocketEnd | undefined;

  constructor(request: UpgradeRequest, session: Session & Partial<SessionData>, watch: SessionWatch) {
    const { visit, deployment } = request;
    this.session = session;
    this.handle = visit.live?.credential.handle;
    this.user = visit.user ?? undefined;
    this.#request = request;
    this.#watch = watch;
    this.#warn = deployment.warn;
  }

  /** @param since - what the watch said before the session was read */
  start(since: number): void {
    const { live } = this.#request.visit;
    if (live !== null) this.#release = this.#watch.add(live, since, this);
  }

  get ended(): AbortSignal {
    return this.#controller.signal;
  }

  closeWith(socket: ClosableSocket): this {
    if (this.#why !== undefined) {
      this.#close(socket, this.#why);
      return this;
    }
    this.#sockets.add(socket);
    whenGone(socket, () => {
      this.#sockets.delete(socket);
      if (this.#sockets.isEmpty) this.release();
    });
    return this;
  }

  touch(): void {
    if (this.handle !== undefined) this.#watch.touch(this.handle);
  }

  release(): void {
    this.#release();
    this.#forget();
  }

  /** Released when `connection` closes. */
  dependOn(connection: Socket): void {
    if (connection.destroyed) return this.release();
    this.#forget = onceClosed(connection, () => this.release());
  }

  // ——— Watcher ———

  alive(opened: StampedHeader): void {
    if (this.#sockets.tidy()) return this.release();
    this.#request.visit.follow(opened);
  }

  over(why: SocketEnd): void {
    this.#why = why;
    this.#controller.abort(reasonOf(why));
    const { req } = this.#request;
    // Nobody has said how: a connection that stays open would be worse than one that is cut.
    if (this.#sockets.isEmpty && isUpgrade(req)) req.socket.destroy();
    for (const socket of this.#sockets.all()) this.#close(socket, why);
    this.#forget();
  }

  #close(socket: ClosableSocket, why: SocketEnd): void {
    try {
      closeSocket(socket, why);
    } catch (error) {
      this.#warn(
        "closing a socket",
        `A socket whose session has ended could not be closed: ${String(error)}`,
      );
    }
  }
}

function reasonOf(why: SocketEnd): HoldfastError {
  if (why === "unknown") return new HoldfastError("ERR_HOLDFAST_STORE_UNAVAILABLE");
  if (why === "locked") return new HoldfastError("ERR_HOLDFAST_SESSION_LOCKED");
  if (why === "closed") return new HoldfastError("ERR_HOLDFAST_STORE_CLOSED");
  return new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
}
