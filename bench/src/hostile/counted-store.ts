import type { Store } from "holdfast/store";
import { MemoryStore } from "holdfast/store/memory";

/** A memory store that counts what it is asked. */
export interface CountedStore {
  readonly store: Store<unknown>;
  /** How often it was asked since the last time that somebody wanted to know. */
  takeCalls(): number;
}

export function countedStore(): CountedStore {
  const inner = new MemoryStore();
  let calls = 0;
  const counted = new Map<PropertyKey, unknown>();
  const store = new Proxy(inner, {
    get(target, name) {
      const known = counted.get(name);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      const call = (...args: unknown[]): unknown => {
        calls += 1;
        return Reflect.apply(value, target, args);
      };
      counted.set(name, call);
      return call;
    },
  });
  return {
    store,
    takeCalls: () => {
      const taken = calls;
      calls = 0;
      return taken;
    },
  };
}
