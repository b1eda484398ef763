import { setTimeout as delay } from "node:timers/promises";
import type { AppProcess } from "../app/process.ts";
import { Browser } from "./browser.ts";
import type { Recorder } from "./recorder.ts";

/** How long a tab waits between two requests: from 0 to twice as many milliseconds. */
const PAUSE = 25;
const TABS = 2;
/** After so many writes of one tab a session has grown large enough, and ends. */
const MOST_WRITES = 400;

/** Who uses the deployment: two browsers of each user. Settled users stay signed in; the others come and go. */
const users = [
  { user: "anna", settled: true },
  { user: "bert", settled: true },
  { user: "cleo", settled: false },
  { user: "dora", settled: false },
] as const;

/**
 * Several browsers, each with two tabs, that use a deployment at once until they are told to stop. Each request goes to
 * a process at random.
 */
export class Load {
  readonly browsers: readonly Browser[];
  readonly #apps: readonly AppProcess[];
  readonly #recorder: Recorder;
  readonly #random: () => number;
  #tabs: Promise<unknown>[] = [];
  #stopped = false;

  constructor(apps: readonly AppProcess[], recorder: Recorder, random: () => number = Math.random) {
    this.#apps = apps;
    this.#recorder = recorder;
    this.#random = random;
    this.browsers = users.flatMap(({ user }) =>
      ["1", "2"].map((number) => new Browser(`${user}${number}`, user, recorder)),
    );
  }

  start(): void {
    for (const browser of this.browsers) {
      const settled = users.some(({ user, settled }) => settled && user === browser.user);
      for (let tab = 0; tab < TABS; tab++) this.#tabs.push(this.#use(browser, settled, tab === 0));
    }
  }

  /** Resolves once the last reply is there. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#tabs);
  }

  /** An operator ends everybody's sessions. */
  async endAll(): Promise<void> {
    const question = { method: "POST", path: "/operator/revoke-all", cookie: undefined } as const;
    await this.#recorder.send("operator", this.#app, question, { kind: "end-all" });
  }

  /** Looks at every session that a browser has or had, on every process. */
  async audit(): Promise<void> {
    const looks = this.browsers.flatMap((browser) =>
      browser.allHeld.slice(0, 30).map((held) => async () => {
        for (const app of this.#apps) await browser.look(app, held);
      }),
    );
    const next = async (): Promise<void> => {
      for (let look = looks.pop(); look !== undefined; look = looks.pop()) await look();
    };
    await Promise.all(Array.from({ length: 8 }, next));
  }

  async #use(browser: Browser, settled: boolean, first: boolean): Promise<void> {
    let writes = 0;
    while (!this.#stopped) {
      await delay(this.#random() * 2 * PAUSE);
      if (browser.session === undefined) {
        if (first) await browser.signIn(this.#app);
        writes = 0;
        continue;
      }
      const chance = this.#random();
      if (chance < 0.4) await browser.look(this.#app);
      else if (chance < 0.5) await browser.lookBack(this.#app, this.#random);
      else if (settled || chance < 0.85) {
        if (writes++ >= MOST_WRITES) await browser.signOut(this.#app);
        else await browser.write(this.#app, this.#pick(["assign", "assign", "update", "save"]));
      } else if (chance < 0.89) await browser.signOut(this.#app);
      else if (chance < 0.93) await browser.revoke(this.#app);
      else if (chance < 0.95) await browser.revokeUser(this.#app);
      else if (first) await browser.signIn(this.#app);
    }
  }

  get #app(): AppProcess {
    return this.#pick(this.#apps);
  }

  #pick<T>(list: readonly T[]): T {
    const one = list[Math.floor(this.#random() * list.length)];
    if (one === undefined) throw new Error("nothing to choose from");
    return one;
  }
}
