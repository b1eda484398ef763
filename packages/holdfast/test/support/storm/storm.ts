import assert from "node:assert/strict";
import type { FakeClock, TestReply } from "../../../src/testing/index.ts";
import type { AppSession, SessionApp } from "../session-app.ts";
import { Client } from "./client.ts";

const MINUTE = 60_000;

/** What happens in one round of a storm. */
type Act = (client: Client, user: string) => Promise<unknown>;

/**
 * Several browsers on two processes of one deployment, and everything that can happen to sessions, at random and at the
 * same time. Whatever happens: nobody sees another's data, what was ended stays so, what was acknowledged is there.
 */
export class Storm {
  readonly clients: readonly Client[] = ["b0", "b1", "b2", "b3"].map((name) => new Client(name));
  /** A key was revoked: cookies under it are strangers' from then on. */
  keysRevoked = false;
  readonly #apps: readonly SessionApp[];
  readonly #clock: FakeClock;
  readonly #random: () => number;
  #count = 0;

  /**
   * @param clock - of all the apps
   * @param random - from 0 to 1
   */
  constructor(apps: readonly SessionApp[], clock: FakeClock, random: () => number) {
    this.#apps = apps;
    this.#clock = clock;
    this.#random = random;
  }

  async round(): Promise<void> {
    await this.#resyncIdle();
    const act = this.#pick(Object.values(this.#acts));
    await act(this.#pick(this.clients), this.#pick(["anna", "bert"]));
  }

  readonly #acts: Readonly<Record<string, Act>> = {
    signIn: (client, user) => this.#signIn(client, user),
    unlock: (client, user) => this.#signIn(client, client.locked ? (client.user ?? user) : user),
    assign: async (client, user) => {
      if (client.as !== null || (client.user === user && !client.locked)) return;
      await this.#accepted(client, (session) => void Object.assign(session, { userId: user }));
      client.begin(user);
    },
    elevate: async (client) => {
      if (this.#isPlain(client)) await this.#accepted(client, (session) => session.elevate({ level: 9 }));
    },
    regenerate: async (client) => {
      if (!this.#isPlain(client)) return;
      await this.#accepted(client, (session) => session.regenerate({ keep: ["userId"] }));
      client.written = new Set();
    },
    impersonate: async (client) => {
      if (!this.#isPlain(client)) return;
      const other = otherThan(client);
      await this.#accepted(client, (session) => session.impersonate(other));
      client.begin(client.user, other);
    },
    endImpersonation: async (client) => {
      if (client.as === null) return;
      await this.#accepted(client, (session) => session.endImpersonation());
      client.begin(client.user);
    },
    signOut: async (client) => {
      const { cookie } = client;
      await this.#send(client, (session) => session.signOut());
      client.begin(null);
      if (cookie !== undefined) await this.#isDead(cookie, client.name);
    },
    requests: async (client) => {
      await this.#burst(client);
      await client.check(this.#app);
    },
    requestsOfAll: async () => {
      await Promise.all(this.clients.map((client) => this.#burst(client)));
      for (const client of this.clients) await client.check(this.#app);
    },
    lock: async () => {
      await this.#pass(34 * MINUTE);
      for (const client of this.clients) {
        if (client.as !== null) client.begin(null);
        else if (client.user !== null) client.locked = true;
      }
      for (const client of this.clients) await client.resync(this.#app, this.#clock.now());
    },
    time: () => this.#pass(this.#random() * 9 * MINUTE),
    rotate: async (client) => {
      await Promise.all([this.#app.sessions.keys.rotate(), this.#burst(client)]);
      await Promise.all([this.#pass(6 * MINUTE), this.#burst(client)]);
      await client.check(this.#app);
    },
    revokeKey: async (client) => {
      this.keysRevoked = true;
      const app = this.#app;
      const keys = await app.sessions.keys.list();
      const { id } = this.#pick(keys.filter(({ state }) => state !== "revoked" && state !== "retired"));
      for (const one of this.clients) one.disturbed = true;
      await Promise.all([app.sessions.keys.revoke(id), this.#burst(client)]);
      await this.#pass(0);
      for (const one of this.clients) {
        if (one.cookie?.startsWith(`${id}.`)) await this.#isDead(one.cookie, `${one.name} under ${id}`);
      }
      await Promise.all(this.clients.map((one) => one.resync(this.#app, this.#clock.now())));
    },
    revokeUser: async (client, user) => {
      const hit = this.clients.filter((one) => one.user === user);
      for (const one of hit) one.disturbed = true;
      const app = this.#app;
      await Promise.all([
        app.sessions.revokeUser(user),
        this.#burst(client),
        ...hit.map((one) => this.#send(one, () => this.#pause())),
        // One that began before must not finish after it with the session alive.
        ...hit.slice(0, 1).map((one) => this.#send(one, (session) => this.#tryElevate(one, session))),
      ]);
      if (!hit.includes(client)) await client.check(this.#app);
      for (const { cookie, name } of hit) if (cookie !== undefined) await this.#isDead(cookie, name);
      for (const one of hit) one.begin(null);
      assert.deepEqual(await app.sessions.list(user), []);
    },
    changeOfId: (client) => this.#changeOfId(client),
    listAll: async () => {
      const listed = await this.#listAll();
      for (const { user, handle, disturbed, name } of this.clients) {
        if (user !== null && handle !== undefined && !disturbed)
          assert.ok(listed.has(handle), `${name} is listed`);
      }
    },
  };

  async #signIn(client: Client, name: string): Promise<void> {
    const same = client.user === name && client.as === null;
    await this.#accepted(client, (session) => session.signIn(name));
    if (same) client.locked = false;
    else client.begin(name);
  }

  /** The id changes while other requests of the same browser run: some of those are refused, and nothing leaks. */
  async #changeOfId(client: Client): Promise<void> {
    const { user } = client;
    if (user === null || client.locked) return;
    client.disturbed = true;
    const other = otherThan(client);
    const verb = this.#pick<(session: AppSession) => Promise<void>>([
      (session) => session.elevate({ level: 9 }),
      (session) => session.signIn(user),
      (session) => session.signOut(),
      (session) => session.regenerate({ keep: ["userId"] }),
      (session) => session.impersonate(other),
      (session) => session.endImpersonation(),
    ]);
    const later = async (session: AppSession): Promise<void> => {
      await this.#pause();
      await verb(session);
    };
    await Promise.all([
      this.#burst(client),
      this.#send(client, later),
      this.#chance(0.5) ? this.#send(client, verb) : undefined,
      this.#chance(0.3) ? this.#app.sessions.keys.rotate() : undefined,
    ]);
    let seen = { acting: null as unknown, operator: null as unknown, keys: [] as string[] };
    await this.#send(client, (session) => {
      const keys = Object.keys(session).filter((key) => key.startsWith("k"));
      seen = { acting: session.userId ?? null, operator: session.impersonator ?? null, keys };
    });
    if (seen.acting === null) return client.begin(null);
    assert.equal(seen.operator ?? seen.acting, user);
    client.begin(user, seen.operator === null ? null : String(seen.acting));
    client.written = new Set(seen.keys);
  }

  /** Parallel requests of one browser, some of them slow, some of whose replies are lost, perhaps over a renewal. */
  async #burst(client: Client): Promise<void> {
    const clock = this.#clock;
    if (this.#chance(0.4) && clock.now() - client.seenAt < 5 * MINUTE) clock.advance(2 * MINUTE);
    const requests: Promise<void>[] = [];
    for (let n = 1 + this.#below(5); n > 0; n--) {
      requests.push(this.#request(client));
      // What a reply has brought, the next request carries; the others are under way with what was before.
      if (this.#chance(0.3)) await requests[0];
      if (this.#chance(0.2)) clock.advance(1 + this.#below(3000));
    }
    await Promise.all(requests);
  }

  async #request(client: Client): Promise<void> {
    const { acting, mark } = client;
    const key = `k${this.#count++}`;
    const what = this.#pick(["write", "update", "pend", "read", "read"]);
    const slow = this.#chance(0.4);
    const handle = async (session: AppSession): Promise<void> => {
      if (slow) await this.#pause();
      // Somebody else has ended it.
      if (acting === null || session.userId !== acting) return assert.ok(acting === null || client.disturbed);
      if (what === "write") session[key] = mark;
      if (what === "update") await session.update((data) => void Object.assign(data, { [key]: mark }));
      if (what === "pend") await session.pend("step", 1, "1m");
      if (slow) await this.#pause();
    };
    const reply = await this.#send(client, handle, this.#chance(0.15));
    if (!client.disturbed) assert.equal(reply.status, 200, reply.text);
    const wrote = acting !== null && (what === "write" || what === "update");
    if (wrote && reply.status === 200) client.written.add(key);
  }

  #tryElevate({ as, locked }: Client, session: AppSession): Promise<void> | undefined {
    return as === null && !locked ? session.elevate({ level: 9 }) : undefined;
  }

  async #send(client: Client, what: (session: AppSession) => unknown, lost = false): Promise<TestReply> {
    const reply = await client.send(this.#app, what, lost);
    client.seenAt = this.#clock.now();
    return reply;
  }

  async #accepted(client: Client, what: (session: AppSession) => unknown): Promise<void> {
    const { status, text } = await this.#send(client, what);
    assert.equal(status, 200, text);
  }

  /** On every process. */
  async #isDead(cookie: string, what: string): Promise<void> {
    for (const app of this.#apps) {
      const browser = app.agent.newBrowser();
      browser.cookies.set("__Host-session", cookie);
      assert.equal((await app.data(browser)).userId, undefined, `${what} lives on`);
    }
  }

  async #listAll(): Promise<Set<string>> {
    const listed = new Set<string>();
    let after: string | undefined;
    do {
      const page = await this.#app.sessions.listAll({ after, limit: 2 });
      for (const { handle } of page.sessions) {
        assert.ok(!listed.has(handle), "each once");
        listed.add(handle);
      }
      after = page.next;
    } while (after !== undefined);
    return listed;
  }

  async #pass(ms: number): Promise<void> {
    this.#clock.advance(1 + Math.floor(ms));
    // As their timers would.
    await Promise.all(this.#apps.map((app) => app.sessions.keys.list()));
    await this.#resyncIdle();
  }

  /** Which of two parties sees a limit first is not for a model to say. */
  async #resyncIdle(): Promise<void> {
    const now = this.#clock.now();
    for (const client of this.clients)
      if (now - client.seenAt > 20 * MINUTE) await client.resync(this.#app, this.#clock.now());
  }

  #isPlain({ user, locked, as }: Client): boolean {
    return user !== null && !locked && as === null;
  }

  get #app(): SessionApp {
    return this.#pick(this.#apps);
  }

  async #pause(): Promise<void> {
    for (let n = this.#below(5); n > 0; n--) await new Promise((resolve) => setImmediate(resolve));
  }

  #chance(of: number): boolean {
    return this.#random() < of;
  }

  #below(most: number): number {
    return Math.floor(this.#random() * most);
  }

  #pick<T>(list: readonly T[]): T {
    const one = list[this.#below(list.length)];
    assert.ok(one !== undefined);
    return one;
  }
}

function otherThan({ user }: Client): string {
  return user === "anna" ? "bert" : "anna";
}
