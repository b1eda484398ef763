/**
 * Who saves, reads and ends a session: the middleware of its request, or nobody, where a store's `load` has made it.
 *
 * @module
 */
import { type Awaitable, chain } from "../awaitable.ts";
import { HoldfastError } from "../errors.ts";
import { attachmentOf } from "../express/attachment.ts";
import type { ReplyParticipant } from "../express/exchange.ts";
import { createSession } from "./create-session.ts";
import type { Session } from "./session.ts";
import { STORE_TIMEOUT } from "./store-timeout.ts";
import { SessionWriter } from "./writer.ts";

export class SessionOwner {
  readonly writer: SessionWriter;

  constructor(writer: SessionWriter) {
    this.writer = writer;
  }

  save(session: Session): Awaitable<void> {
    return chain(this.writer.save(session), (written) => {
      if (!written) throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
    });
  }

  reload(session: Session): Awaitable<void> {
    return chain(this.writer.calls.get(session.id), (record) => {
      if (record === undefined)
        throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED", "failed to load session");
      createSession(session.req, record);
    });
  }

  destroy(session: Session): Awaitable<void> {
    delete session.req.session;
    return this.writer.destroy(session.id);
  }

  regenerate(session: Session): Awaitable<void> {
    const { req } = session;
    const { calls } = this.writer;
    return this.writer.inTurn(req.sessionID, () =>
      calls.regenerate((done) => calls.store.regenerate?.(req as never, done)),
    );
  }
}

export function ownerOf({ req }: Session): SessionOwner {
  const store = req.sessionStore;
  for (let at: ReplyParticipant | undefined = attachmentOf(req); at !== undefined; at = at.outer) {
    if (at instanceof SessionOwner && at.writer.calls.store === store) return at;
  }
  return new SessionOwner(new SessionWriter(store, STORE_TIMEOUT));
}
