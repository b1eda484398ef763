import type { ForeignSession, ForeignStore } from "../../../src/store/express-session.ts";

type Done = (error?: unknown, session?: ForeignSession | null) => void;
type Call = "get" | "set" | "destroy";

/** One call that has been held back. */
export interface Held {
  /** Resolves once the call has come. */
  readonly come: Promise<void>;
  goOn(): void;
}

/** A database in memory, as JSON. Several stores may share its entries, as processes do. */
export class ScriptedStore implements ForeignStore {
  readonly entries: Map<string, string>;
  readonly calls: string[] = [];
  readonly #held: { call: Call; name: RegExp; arrived: () => void; gate: Promise<void> }[] = [];

  constructor(entries: Map<string, string> = new Map()) {
    this.entries = entries;
  }

  /** Holds the next call of this kind back, before it does anything. */
  hold(call: Call, name: RegExp): Held {
    let arrived = (): void => undefined;
    let goOn = (): void => undefined;
    const come = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    this.#held.push({ call, name, arrived, gate });
    return { come, goOn };
  }

  /** What is kept under the names that match. */
  found(name: RegExp): ForeignSession[] {
    return [...this.entries].filter(([key]) => name.test(key)).map(([, text]) => JSON.parse(text));
  }

  get(name: string, done: Done): void {
    this.#run("get", name, () => {
      const text = this.entries.get(name);
      done(null, text === undefined ? null : JSON.parse(text));
    });
  }

  set(name: string, session: ForeignSession, done: Done): void {
    const text = JSON.stringify(session);
    this.#run("set", name, () => {
      this.entries.set(name, text);
      done();
    });
  }

  destroy(name: string, done: Done): void {
    this.#run("destroy", name, () => {
      this.entries.delete(name);
      done();
    });
  }

  all(done: (error: unknown, sessions?: unknown) => void): void {
    setImmediate(() => {
      done(null, Object.fromEntries([...this.entries].map(([name, text]) => [name, JSON.parse(text)])));
    });
  }

  #run(call: Call, name: string, work: () => void): void {
    this.calls.push(`${call} ${name}`);
    const at = this.#held.findIndex((held) => held.call === call && held.name.test(name));
    const [held] = at === -1 ? [] : this.#held.splice(at, 1);
    held?.arrived();
    if (held === undefined) setImmediate(work);
    else void held.gate.then(work);
  }
}
