/**
 * One request's session and its reply: what is stored before the reply goes out, and what cookie it carries.
 *
 * @module
 */
import type { ServerResponse } from "node:http";
import { type Awaitable, attempt, chain, isPromise } from "../awaitable.ts";
import { withSessionCookie } from "../cookie/session-cookie.ts";
import { HoldfastError } from "../errors.ts";
import { type Attached, attachmentOf } from "../express/attachment.ts";
import type { ReplyParticipant } from "../express/exchange.ts";
import type { Next } from "../express/next.ts";
import { keepPrivate } from "./cache-control.ts";
import { CompatExchange } from "./compat-exchange.ts";
import { isSecure } from "./connection.ts";
import { Cookie, type CookieOptions } from "./cookie.ts";
import { SessionOwner } from "./owner.ts";
import { serializeCookie } from "./serialize-cookie.ts";
import { dataJson, storedJson } from "./session-data.ts";
import type { Session } from "./session-object.ts";
import type { Settings } from "./settings.ts";
import type { CookieSigner, SignedId } from "./signature.ts";
import type { RequestWithSession, SessionRequest } from "./types.ts";
import { warnOfSecureCookie } from "./warnings.ts";
import type { WritableSession } from "./writer.ts";

/** The data of a session that nobody has written to. */
const EMPTY = "{}";

export class CompatRequest extends SessionOwner implements Attached {
  readonly outer: ReplyParticipant | undefined;
  readonly engaged = true;
  passing = false;
  // What an accessor on the request's prototype finds once the app has deleted the request's own properties.
  readonly session = undefined;
  readonly sessionID = undefined;
  /** What the `cookie` option says for this request. */
  readonly cookieOptions: CookieOptions;
  readonly #settings: Settings;
  readonly #signer: CookieSigner;
  readonly #req: RequestWithSession;
  readonly #res: ServerResponse;
  readonly #next: Next;
  #exchange: CompatExchange | undefined = undefined;
  /** The id that came with the request, and whether it was signed with an old secret. */
  #came: SignedId | undefined = undefined;
  #originalId: string | undefined = undefined;
  /** This request has changed the session, or has another one now. */
  #modified = false;
  #savedId: string | undefined = undefined;
  /** When the session ends, as the store has it: "remember me" often comes after a save. */
  #savedEnd: unknown = undefined;
  #endedId: string | undefined = undefined;
  #touched = false;
  /** What the app has asked of the store, until it is done: the reply waits for it. */
  #asked: Awaitable<unknown> = undefined;
  /** The error of a sign-out that nobody else would hear of. */
  #unheard: { readonly error: unknown } | undefined = undefined;

  constructor(
    settings: Settings,
    signer: CookieSigner,
    req: RequestWithSession,
    res: ServerResponse,
    next: Next,
    outer: ReplyParticipant | undefined,
    cookieOptions: CookieOptions,
  ) {
    super(settings.writer);
    this.#settings = settings;
    this.#signer = signer;
    this.#req = req;
    this.#res = res;
    this.#next = next;
    this.outer = outer;
    this.cookieOptions = cookieOptions;
  }

  /** The session has been read or made. @param came - the genuine id that the client sent */
  begin(came: SignedId | undefined): void {
    this.#came = came;
    this.#originalId = this.#req.sessionID;
  }

  get exchange(): CompatExchange {
    if (this.outer instanceof CompatRequest) return this.outer.exchange;
    this.#exchange ??= new CompatExchange(this.#req, this.#res, this.#next);
    return this.#exchange;
  }

  assign(value: unknown, name: "session" | "sessionID"): void {
    Object.defineProperty(this.#req, name, { value, configurable: true, enumerable: true, writable: true });
  }

  // ——— what the app asks of its session ———

  override save(session: WritableSession): Awaitable<void> {
    if (this.#endedId === session.id) throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
    const json = dataJson(session);
    this.#notice(session.id, json, session);
    return this.#awaited(
      chain(this.#write(session, json), (written) => {
        if (!written) throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
      }),
    );
  }

  override destroy(req: SessionRequest, id: string, isHeard: boolean): Awaitable<void> {
    this.#endedId = id;
    return this.#awaited(
      attempt(
        () => super.destroy(req, id, isHeard),
        (error) => {
          if (!isHeard && this.#settings.strict) this.#unheard = { error };
          throw error;
        },
      ),
    );
  }

  override regenerate(req: SessionRequest): Awaitable<void> {
    return this.#awaited(super.regenerate(req));
  }

  #awaited(doing: Awaitable<void>): Awaitable<void> {
    if (isPromise(doing)) {
      const before = this.#asked;
      this.#asked = doing.then(
        () => before,
        () => before,
      );
    }
    return doing;
  }

  // ——— ReplyParticipant ———

  commit(): Awaitable<void> {
    // Where another middleware has made a session after this one's was destroyed, that is the one that counts.
    if (attachmentOf(this.#req) !== this) return undefined;
    return this.#settle();
  }

  writeHeaders(res: ServerResponse): void {
    const { session } = this.#req;
    if (attachmentOf(this.#req) !== this || !session || !this.#setsCookie(session)) return;
    try {
      const { name } = this.#settings;
      res.setHeader(
        "Set-Cookie",
        withSessionCookie(res.getHeader("Set-Cookie"), this.#header(session), name),
      );
      keepPrivate(res);
    } catch (error) {
      this.#report(error);
    }
  }

  // What is asked for while the session is stored may leave another in its place: the cookie is for a stored one.
  #settle(): Awaitable<void> {
    const asked = this.#asked;
    return chain(asked, () =>
      chain(this.#commit(), () => (this.#asked === asked ? undefined : this.#settle())),
    );
  }

  #commit(): Awaitable<void> {
    if (this.#unheard !== undefined) throw this.#unheard.error;
    const { session, sessionID } = this.#req;
    if (session === undefined || session === null) return this.#unset(sessionID);
    // `req.session = false` sets a session aside, without a word on its end.
    if (!session) return undefined;
    if (!isSession(session)) {
      throw new HoldfastError(
        "ERR_HOLDFAST_RESERVED_NAME",
        "req.session cannot be replaced. Assign its properties, or set it to null.",
      );
    }
    if (typeof sessionID !== "string" || this.#endedId === session.id) return undefined;
    const end = session.cookie.expires;
    if (!this.#touched) touch(session);
    this.#touched = true;
    const json = dataJson(session);
    this.#notice(session.id, json, session);
    // An attribute that no header can carry is an error while one can still be replied.
    if (this.#settings.strict && this.#setsCookie(session)) this.#header(session);
    if (this.#shouldSave(session, json)) return this.#save(session, json);
    const isSaved = this.#savedId === sessionID;
    if (this.#came?.id !== sessionID) {
      return isSaved && end !== this.#savedEnd ? this.#save(session, json) : undefined;
    }
    if (isSaved && session.cookie.expires === this.#savedEnd) return undefined;
    this.#savedId = sessionID;
    this.#savedEnd = session.cookie.expires;
    return this.#orReport(() => this.writer.touch(sessionID, session));
  }

  // `req.session = null`
  #unset(id: unknown): Awaitable<void> {
    if (!this.#settings.destroysUnset || typeof id !== "string" || this.#endedId === id) return undefined;
    this.#endedId = id;
    return this.#orReport(() => this.writer.destroy(id));
  }

  #save(session: Session, json: string): Awaitable<void> {
    return this.#orReport(() =>
      chain(this.#write(session, json), (written) => {
        if (!written && this.#modified && this.#settings.strict) {
          throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
        }
      }),
    );
  }

  /** @returns false if the session has ended meanwhile */
  #write(session: WritableSession, json: string): Awaitable<boolean> {
    if (!this.#reachesClient(session)) {
      warnOfSecureCookie();
      return true;
    }
    const end = session.cookie.expires;
    return chain(this.writer.save(session, json), (written) => {
      if (written) this.#savedEnd = end;
      if (written) this.#savedId = session.id;
      else this.#endedId = session.id;
      return written;
    });
  }

  #notice(id: string, json: string, session: object): void {
    this.#modified ||= id !== this.#originalId || json !== (storedJson(session) ?? EMPTY);
  }

  #shouldSave(session: Session, json: string): boolean {
    const { saveUninitialized, resave } = this.#settings;
    const stored = storedJson(session);
    if (stored === undefined && this.#came?.id !== session.id && !saveUninitialized) return this.#modified;
    return (resave && this.#savedId !== session.id) || json !== stored;
  }

  #setsCookie(session: Session): boolean {
    if (typeof this.#req.sessionID !== "string" || this.#endedId === session.id) return false;
    if (session.cookie.secure && !this.#isSecure()) return false;
    const { rolling, saveUninitialized } = this.#settings;
    if (this.#came?.id !== this.#req.sessionID) return saveUninitialized || this.#modified;
    return rolling || this.#came.outdated || (this.#modified && session.cookie.expires != null);
  }

  #header({ cookie }: Session): string {
    // Some apps put a plain object in the cookie's place.
    const data = cookie instanceof Cookie ? cookie.data : new Cookie(cookie).data;
    return serializeCookie(this.#settings.name, this.#signer.sign(this.#req.sessionID), data);
  }

  /** False if the client would never learn the session's id: nothing is stored for it then. */
  #reachesClient({ id, cookie }: WritableSession): boolean {
    return !cookie.secure || this.#came?.id === id || this.#isSecure();
  }

  #isSecure(): boolean {
    return isSecure(this.#req, this.#settings.proxy);
  }

  /** Runs `action`. Its error fails the reply where that is wanted; else the app learns of it after the reply. */
  #orReport(action: () => Awaitable<void>): Awaitable<void> {
    return attempt(action, (error) => {
      // Nobody knows what a store that did not answer has done.
      const unknown = error instanceof HoldfastError && error.code === "ERR_HOLDFAST_STORE_UNAVAILABLE";
      if (unknown || this.#settings.strict) throw error;
      this.#report(error);
    });
  }

  #report(error: unknown): void {
    setImmediate(this.#next, error);
  }
}

function isSession(value: unknown): value is Session {
  return typeof value === "object" && value !== null && "cookie" in value && typeof value.cookie === "object";
}

// Whatever the app has put in the method's place: its session must still be saved.
function touch(session: Session): void {
  if (typeof session.touch === "function") session.touch();
  else session.cookie.maxAge = session.cookie.originalMaxAge;
}
