import assert from "node:assert/strict";
import type { TestReply } from "../../../src/testing/index.ts";
import { type AppSession, browserWith, NAME, type SessionApp } from "../session-app.ts";

/** A browser in a storm, and what its session is by the book. */
export class Client {
  readonly name: string;
  cookie: string | undefined;
  user: string | null = null;
  /** Whom its user acts as. */
  as: string | null = null;
  locked = false;
  /** The keys of its data that were acknowledged. */
  written = new Set<string>();
  /** Somebody may have ended its session meanwhile. */
  disturbed = false;
  seenAt = 0;
  /** Every cookie it was ever given. */
  readonly cookies = new Set<string>();

  constructor(name: string) {
    this.name = name;
  }

  /** Whom the app sees. */
  get acting(): string | null {
    return this.locked ? null : (this.as ?? this.user);
  }

  get handle(): string | undefined {
    return this.cookie?.split(".")[1];
  }

  /** What it writes: whose it is can be told from it. */
  get mark(): string {
    return `${this.name}/${this.acting}`;
  }

  begin(user: string | null, as: string | null = null): void {
    this.user = user;
    this.as = as;
    this.locked = false;
    this.written = new Set();
    this.disturbed = false;
  }

  /** Sends a request to `app`. `lost`: its reply never arrives. */
  async send(app: SessionApp, what: (session: AppSession) => unknown, lost = false): Promise<TestReply> {
    const by = this.cookie === undefined ? app.agent.newBrowser() : browserWith(app, this.cookie);
    let problem: unknown;
    const reply = await app.act(
      async (session) => {
        try {
          this.#judge(session);
        } catch (error) {
          problem = error;
        }
        await what(session);
      },
      { by },
    );
    if (problem !== undefined) throw problem;
    if (!lost) this.#keep(reply);
    return reply;
  }

  /** Nobody sees what another browser, or it under another user, has written. */
  #judge(session: AppSession): void {
    for (const [key, value] of Object.entries(session)) {
      if (key.startsWith("k"))
        assert.equal(value, `${this.name}/${session.userId}`, `${this.name} sees ${key}`);
    }
    if (this.disturbed) return;
    assert.equal(session.userId ?? null, this.acting, `${this.name} is`);
    assert.equal(session.locked, this.locked, `${this.name} is locked`);
  }

  #keep({ setCookie }: TestReply): void {
    for (const header of setCookie) {
      if (!header.startsWith(`${NAME}=`)) continue;
      const value = header.slice(NAME.length + 1).split(";", 1)[0] ?? "";
      this.cookies.add(value);
      this.cookie = /max-age=0/i.test(header) ? undefined : value;
    }
  }

  /** What has become of its session is for the store to say; it may only have ended or locked. */
  async resync(app: SessionApp, now: number): Promise<void> {
    this.disturbed = true;
    let seen = { user: null as unknown, locked: false };
    await this.send(app, ({ userId, locked }) => {
      seen = { user: userId ?? null, locked };
    });
    this.disturbed = false;
    this.seenAt = now;
    if (seen.locked) this.locked = true;
    else if (seen.user === null) this.begin(null);
    else assert.equal(seen.user, this.as ?? this.user);
    if (!seen.locked) this.locked = false;
  }

  /** All that was acknowledged is there. */
  async check(app: SessionApp): Promise<void> {
    let keys: string[] = [];
    await this.send(app, (session) => {
      keys = Object.keys(session);
    });
    if (this.disturbed || this.locked || this.user === null) return;
    for (const key of this.written) assert.ok(keys.includes(key), `${this.name} lost ${key}`);
  }
}
