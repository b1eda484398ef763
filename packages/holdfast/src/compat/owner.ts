import { type Awaitable, chain } from "../awaitable.ts";
import { HoldfastError } from "../errors.ts";
import { attachmentOf } from "../express/attachment.ts";
import type { ReplyParticipant } from "../express/exchange.ts";
import type { SessionRequest } from "./types.ts";
import { SessionWriter, STORE_TIMEOUT, type WritableSession } from "./writer.ts";

/** Who saves and ends a session: the middleware on its request, or nobody, where a store's `load` has made it. */
export class SessionOwner {
  readonly writer: SessionWriter;

  constructor(writer: SessionWriter) {
    this.writer = writer;
  }

  /** @throws {HoldfastError} `ERR_HOLDFAST_SESSION_ENDED` if it has ended since it was read */
  save(session: WritableSession): Awaitable<void> {
    return chain(this.writer.save(session), (written) => {
      if (!written) throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
    });
  }

  /** @param _isHeard - the app learns of an error by itself */
  destroy(req: SessionRequest, id: string, _isHeard: boolean): Awaitable<void> {
    delete req.session;
    return this.writer.destroy(id);
  }

  regenerate(req: SessionRequest): Awaitable<void> {
    return this.writer.regenerate(req);
  }
}

/** The owner of a request's session. */
export function ownerOf(req: SessionRequest): SessionOwner {
  const store = req.sessionStore;
  for (let at: ReplyParticipant | undefined = attachmentOf(req); at !== undefined; at = at.outer) {
    if (at instanceof SessionOwner && at.writer.calls.store === store) return at;
  }
  return new SessionOwner(new SessionWriter(store, STORE_TIMEOUT));
}
