import { setImmediate } from "node:timers/promises";
import type { Store } from "../../src/store/contract.ts";
import { MemoryStore } from "../../src/store/memory.ts";

type Operation = Exclude<keyof Store, "capabilities" | "open" | "watch">;

/** A store in this process, and one that takes longer to answer than a turn of the event loop. */
export const distances = {
  "in this process": { sync: true },
  "across a network": { sync: false, pause: () => setImmediate().then(() => setImmediate()) },
};

interface Gate {
  readonly arrived: () => void;
  readonly open: Promise<void>;
  readonly point: "start" | "answer";
}

/**
 * A store that notes every call, can hold one back until it is told to go on, and can be made to fail. With `sync`
 * false it answers with promises, as a store across a network does.
 */
export class WatchedStore implements Store<unknown> {
  readonly capabilities: Store["capabilities"];
  readonly calls: Operation[] = [];
  readonly inner: Store<unknown>;
  readonly #sync: boolean;
  readonly #pause: () => Promise<void>;
  readonly #gates = new Map<Operation, Gate>();
  readonly #failures = new Map<Operation, unknown>();

  /** @param options - `pause`: what passes before each answer where `sync` is false */
  constructor({
    inner = new MemoryStore(),
    sync = false,
    pause = () => Promise.resolve(),
  }: { inner?: Store<unknown>; sync?: boolean; pause?: () => Promise<void> } = {}) {
    this.inner = inner;
    this.#sync = sync;
    this.#pause = pause;
    this.capabilities = { ...inner.capabilities, sync };
  }

  /** Stops the next call of `operation` before it does anything; or once it is done, before its answer. */
  hold(
    operation: Operation,
    point: "start" | "answer" = "start",
  ): { readonly reached: Promise<void>; readonly release: () => void } {
    let arrived = (): void => {};
    let release = (): void => {};
    const reached = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const open = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#gates.set(operation, { arrived, open, point });
    return { reached, release };
  }

  /** Every call of `operation` fails from now on; `undefined`: no longer. */
  fail(operation: Operation, error: unknown): void {
    if (error === undefined) this.#failures.delete(operation);
    else this.#failures.set(operation, error);
  }

  read = this.#watch("read");
  create = this.#watch("create");
  update = this.#watch("update");
  touch = this.#watch("touch");
  delete = this.#watch("delete");
  listUser = this.#watch("listUser");
  deleteUser = this.#watch("deleteUser");
  deleteAll = this.#watch("deleteAll");
  userGeneration = this.#watch("userGeneration");
  countByKey = this.#watch("countByKey");
  deleteByKey = this.#watch("deleteByKey");
  readValue = this.#watch("readValue");
  writeValue = this.#watch("writeValue");
  scan = this.#watch("scan");
  prune = this.#watch("prune");
  close = this.#watch("close");

  #watch<Name extends Operation>(name: Name): Store<unknown>[Name] {
    const call = (...args: unknown[]): unknown => {
      this.calls.push(name);
      if (this.#failures.has(name)) {
        const error = this.#failures.get(name);
        if (this.#sync) throw error;
        return Promise.reject(error);
      }
      const run = (): unknown => Reflect.apply(this.inner[name], this.inner, args);
      const gate = this.#gates.get(name);
      this.#gates.delete(name);
      if (gate?.point === "answer") {
        const answer = run();
        gate.arrived();
        return gate.open.then(() => answer);
      }
      gate?.arrived();
      if (gate !== undefined) return gate.open.then(run);
      return this.#sync ? run() : this.#pause().then(run);
    };
    return call as Store<unknown>[Name];
  }
}
