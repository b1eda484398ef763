import type { Store } from "../../store/contract.ts";

/** What is answered only when every process sees its effect. */
const CHANGES: ReadonlySet<string> = new Set([
  "create",
  "update",
  "touch",
  "delete",
  "deleteUser",
  "deleteAll",
  "deleteByKey",
]);

/** How much longer than the engine a store may take until all processes agree (`capabilities.settlesWithin`). */
export class Settling {
  readonly #ms: number;

  constructor(store: Pick<Store<unknown>, "capabilities">) {
    this.#ms = store.capabilities.settlesWithin ?? 0;
  }

  /** True if a read that is not fresh may find what somebody else has found replaced. */
  get lagsBehind(): boolean {
    return this.#ms > 0;
  }

  /** Milliseconds to be added to the deadline of an operation. */
  of(operation: string): number {
    return this.#ms > 0 && CHANGES.has(operation) ? this.#ms : 0;
  }
}
