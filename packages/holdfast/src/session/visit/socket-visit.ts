/**
 * The dealings of an open socket with its session. They go on long after the request: its id has perhaps been renewed
 * several times since, which no request would outlive, and there is no reply to bring the client another one.
 *
 * @module
 */
import type { Duration } from "../../duration.ts";
import type { StampedHeader } from "../record/header.ts";
import { withHeader } from "../record/live.ts";
import { readHeader } from "../record/read-header.ts";
import { follow } from "../watching/follow.ts";
import { Visit } from "./visit.ts";

export class SocketVisit extends Visit {
  /** The session is live, with this header: goes on under the secret that it has now. */
  follow(opened: StampedHeader): void {
    const { live } = this;
    if (live === null) return;
    const credential = follow(this.core.credentials, live.credential, opened.header);
    if (credential === undefined || credential === live.credential) return;
    // What is written over the version that was read finds it moved, and merges.
    this.live = { ...withHeader(live, opened), credential, presentableUntil: undefined };
  }

  override async save(): Promise<void> {
    await this.#catchUp();
    return super.save();
  }

  override async reload(): Promise<void> {
    await this.#catchUp();
    return super.reload();
  }

  override async update(change: () => unknown): Promise<void> {
    await this.#catchUp();
    return super.update(change);
  }

  override async pend(purpose: string, value: unknown, within: Duration): Promise<void> {
    await this.#catchUp();
    return super.pend(purpose, value, within);
  }

  override async takePending(purpose: string): Promise<unknown> {
    await this.#catchUp();
    return super.takePending(purpose);
  }

  async #catchUp(): Promise<void> {
    const { live, core } = this;
    if (live === null || core.policy.renew === 0) return;
    const { handle } = live.credential;
    const record = await core.store.ask("read", this, (store) => store.read(handle, core.clock.now(), true));
    const opened = record ? readHeader(core.records.codec, handle, record) : null;
    if (opened !== null) this.follow(opened);
  }
}
