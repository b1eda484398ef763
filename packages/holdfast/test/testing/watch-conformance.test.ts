import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Store, StoreChange } from "../../src/store/contract.ts";
import { MemoryStore } from "../../src/store/memory.ts";
import { storeConformance } from "../../src/testing/store-conformance.ts";

type Heed = (change: StoreChange) => void;

/** Two connections to one store; what one deletes the other is told of a little later, as over a channel. */
class Channel {
  readonly #watchers = new Set<Heed>();

  readonly watch = (heed: Heed): (() => void) => {
    const watcher: Heed = (change) => heed(change);
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  };

  tell(handle: string): void {
    const change = { kind: "handles", names: [handle] } as const;
    setImmediate(() => {
      for (const heed of this.#watchers) heed(change);
    });
  }
}

/** How the sentence about `watch` ends for a store that watches so. */
async function verdict(watchIn: (channel: Channel) => NonNullable<Store["watch"]>): Promise<string> {
  const channel = new Channel();
  const cases = storeConformance(() => {
    const store: Store = Object.assign(new MemoryStore(), { watch: watchIn(channel) });
    return { store, reopen: () => another(store, channel), close: () => store.close() };
  });
  const found = cases.find(({ name }) => name.startsWith("if it watches"));
  assert.ok(found !== undefined);
  return found.run().then(
    () => "passed",
    (error: Error) => error.message,
  );
}

/** Another connection to the store: what it deletes is told of. */
function another(store: Store, channel: Channel): Store {
  const own: Partial<Store> = {
    async delete(handle, now) {
      const existed = await store.delete(handle, now);
      channel.tell(handle);
      return existed;
    },
    close: () => undefined,
  };
  return new Proxy(store, {
    get(target, name) {
      if (Object.hasOwn(own, name)) return Reflect.get(own, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

describe("the store conformance suite, of a store that watches", () => {
  it("passes a sound one, whose messages take a moment", async () => {
    assert.equal(await verdict((channel) => channel.watch), "passed");
  });

  it("fails one that tells nothing", async () => {
    assert.match(await verdict(() => () => () => undefined), /it was not told of/);
  });

  it("fails one that goes on telling whoever has left", async () => {
    const deaf = (channel: Channel): NonNullable<Store["watch"]> => {
      return (heed) => {
        channel.watch(heed);
        return () => undefined;
      };
    };
    assert.match(await verdict(deaf), /went on telling/);
  });
});
