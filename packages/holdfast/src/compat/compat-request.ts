/**
 * One request's session and its reply: what is stored before the reply goes out, and what cookie it carries.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Awaitable, attempt, chain, isPromise } from "../awaitable.ts";
import { withSessionCookie } from "../cookie/session-cookie.ts";
import { HoldfastError } from "../errors.ts";
import type { Attached } from "../express/attachment.ts";
import { Exchange, type ReplyParticipant } from "../express/exchange.ts";
import type { Next } from "../express/next.ts";
import { keepPrivate } from "./cache-control.ts";
import { isSecure } from "./connection.ts";
import type { CookieOptions } from "./cookie.ts";
import { SessionOwner } from "./owner.ts";
import { serializeCookie } from "./serialize-cookie.ts";
import type { Session } from "./session.ts";
import { dataJson, storedJson } from "./session-data.ts";
import type { Settings } from "./settings.ts";
import type { CookieSigner, SignedId } from "./signature.ts";
import type { SessionRequest } from "./types.ts";

const EMPTY = "{}";

/** The session on a request, which the app may replace or take away. */
type Holder = IncomingMessage & Partial<SessionRequest> & { session?: Session | null };

export class CompatRequest extends SessionOwner implements Attached {
  readonly outer: ReplyParticipant | undefined;
  readonly engaged = true;
  passing = false;
  readonly cookieOptions: CookieOptions;
  readonly #settings: Settings;
  readonly #signer: CookieSigner;
  readonly #req: Holder;
  readonly #res: ServerResponse;
  readonly #next: Next;
  #exchange: Exchange | undefined = undefined;
  /** What the client's cookie said. */
  #cookieId: string | undefined = undefined;
  /** The cookie was signed with an old secret. */
  #outdated = false;
  /** The session that the request began with. */
  #originalId: string | undefined = undefined;
  #modified = false;
  #savedId: string | undefined = undefined;
  #touched = false;
  /** A save under way. */
  #saving: Awaitable<void> = undefined;
  /** Sessions that are over, whatever this request may still do. */
  #endedId: string | undefined = undefined;

  constructor(
    settings: Settings,
    signer: CookieSigner,
    req: IncomingMessage,
    res: ServerResponse,
    next: Next,
    outer: ReplyParticipant | undefined,
    cookieOptions: CookieOptions,
  ) {
    super(settings.writer);
    this.#settings = settings;
    this.#signer = signer;
    this.#req = req as Holder;
    this.#res = res;
    this.#next = next;
    this.outer = outer;
    this.cookieOptions = cookieOptions;
  }

  get exchange(): Exchange {
    if (this.outer instanceof CompatRequest) return this.outer.exchange;
    this.#exchange ??= new Exchange(this.#req, this.#res, this.#next);
    return this.#exchange;
  }

  // `req.session` is the app's own property: read here only where it has been deleted.
  readonly session = undefined;
  readonly sessionID = undefined;

  assign(value: unknown, name: "session" | "sessionID"): void {
    Object.defineProperty(this.#req, name, { value, configurable: true, enumerable: true, writable: true });
  }

  /** Notes whose cookie came, and which session the request has. */
  begin(signed: SignedId | undefined): void {
    this.#cookieId = signed?.id;
    this.#outdated = signed?.outdated === true;
    this.#originalId = this.#req.sessionID;
  }

  // ——— SessionOwner ———

  override save(session: Session): Awaitable<void> {
    const saving = chain(this.#save(session), (written) => {
      if (!written) throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
    });
    this.#saving = isPromise(saving) ? saving.catch(() => undefined) : undefined;
    return saving;
  }

  override destroy(session: Session): Awaitable<void> {
    this.#endedId = session.id;
    return super.destroy(session);
  }

  // ——— ReplyParticipant ———

  commit(): Awaitable<void> {
    if (isPromise(this.#saving)) return this.#saving.then(() => this.#commit());
    return this.#commit();
  }

  #commit(): Awaitable<void> {
    const { session, sessionID } = this.#req;
    if (session === undefined || session === null) {
      if (!this.#settings.destroysUnset || !sessionID || this.#endedId === sessionID) return undefined;
      this.#endedId = sessionID;
      return this.#orReport(() => this.writer.destroy(sessionID));
    }
    if (typeof session !== "object" || typeof session.cookie !== "object") {
      throw new HoldfastError(
        "ERR_HOLDFAST_RESERVED_NAME",
        "req.session cannot be replaced by an object of yours.",
      );
    }
    if (typeof sessionID !== "string") return undefined;
    this.#touch(session);
    if (this.#shouldSave(session)) {
      return this.#orReport(() =>
        chain(this.#save(session), (written) => {
          if (!written && this.#settings.strict && this.#modified)
            throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
        }),
      );
    }
    if (this.#cookieId !== sessionID || this.#savedId === sessionID || this.#endedId === sessionID)
      return undefined;
    this.#savedId = sessionID;
    return this.#orReport(() => this.writer.calls.touch(sessionID, session));
  }

  writeHeaders(res: ServerResponse): void {
    const { session, sessionID } = this.#req;
    if (!session || typeof sessionID !== "string" || !this.#shouldSetCookie(session)) return;
    if (!this.#canSendCookie(session)) return;
    const { name } = this.#settings;
    let header: string;
    try {
      header = serializeCookie(name, this.#signer.sign(sessionID), session.cookie.data);
    } catch (error) {
      this.#report(error);
      return;
    }
    res.setHeader("Set-Cookie", withSessionCookie(res.getHeader("Set-Cookie"), header, name));
    keepPrivate(res);
  }

  #save(session: Session): Awaitable<boolean> {
    this.#modified ||= this.#isModified(session);
    if (!this.#canSendCookie(session) && this.#cookieId !== session.id) return true;
    return chain(this.writer.save(session), (written) => {
      if (written) this.#savedId = session.id;
      else this.#endedId = session.id;
      return written;
    });
  }

  #touch(session: Session): void {
    if (this.#touched) return;
    this.#touched = true;
    if (typeof session.touch === "function") session.touch();
    else session.cookie.maxAge = session.cookie.originalMaxAge;
  }

  #isModified(session: Session): boolean {
    return session.id !== this.#originalId || dataJson(session) !== (storedJson(session) ?? EMPTY);
  }

  #shouldSave(session: Session): boolean {
    const { saveUninitialized, resave } = this.#settings;
    if (this.#endedId === session.id) return false;
    const stored = storedJson(session);
    if (stored === undefined && this.#cookieId !== session.id && !saveUninitialized)
      return this.#isModified(session);
    if (resave && this.#savedId !== session.id) return true;
    return dataJson(session) !== stored;
  }

  #shouldSetCookie(session: Session): boolean {
    if (this.#endedId === session.id) return false;
    const { rolling, saveUninitialized } = this.#settings;
    if (this.#cookieId !== session.id)
      return saveUninitialized || this.#modified || this.#isModified(session);
    if (rolling || this.#outdated) return true;
    return session.cookie.expires != null && (this.#modified || this.#isModified(session));
  }

  // Nothing is stored for a client that will never know its id.
  #canSendCookie(session: Session): boolean {
    return !session.cookie.secure || isSecure(this.#req, this.#settings.proxy);
  }

  #orReport(action: () => Awaitable<void>): Awaitable<void> {
    return attempt(action, (error) => {
      const late = error instanceof HoldfastError && error.code === "ERR_HOLDFAST_STORE_UNAVAILABLE";
      if (this.#settings.strict || late) throw error;
      this.#report(error);
    });
  }

  /** Tells the app of an error after its reply, which goes out all the same. */
  #report(error: unknown): void {
    setImmediate(this.#next, error);
  }
}
