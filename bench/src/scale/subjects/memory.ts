import { session } from "holdfast";
import { MemoryStore } from "holdfast/store/memory";
import { serve } from "../../carriers.ts";
import { drive } from "../../drive.ts";
import { signInHandler } from "../../handlers.ts";
import { userName } from "../../profile.ts";
import { LOGIN_URL } from "../../scenarios.ts";
import { SECRET } from "../../trial.ts";
import { handleOf } from "../handles.ts";
import type { Subject } from "./subject.ts";

const SLICE = 5_000;

/** Gives the first sessions handles that can be told again. */
class NumberedStore extends MemoryStore<unknown> {
  numbered = true;
  #last = 0;

  override create(
    ...[handle, record, ...rest]: Parameters<MemoryStore<unknown>["create"]>
  ): ReturnType<MemoryStore<unknown>["create"]> {
    return super.create(this.numbered ? handleOf(this.#last++) : handle, record, ...rest);
  }
}

/** What it takes is measured as the heap of this process, the library's own caches included. */
export async function memorySubject(): Promise<Subject> {
  const store = new NumberedStore({ maxSessions: 10_000_000, maxBytes: 64 * 1024 ** 3 });
  const sessions = session({ secret: SECRET, store, idle: "1d", absolute: "1d" });
  const respond = serve(signInHandler, sessions);
  const before = heap();
  return {
    store,
    address: undefined,
    record: (user) => {
      const some = store.read(handleOf(0), Date.now());
      if (some === null) throw new Error("there are no sessions yet");
      return { ...some, user };
    },
    bytes: async () => heap() - before,
    serverTime: async () => [],
    baseline: undefined,
    fill: async (count, progress) => {
      for (let done = 0; done < count; done += SLICE) {
        const size = Math.min(SLICE, count - done);
        const line = (index: number) =>
          ({ method: "POST", url: LOGIN_URL + userName(done + index), cookie: undefined }) as const;
        await drive(size, line, respond);
        progress(done + size);
      }
      store.numbered = false;
    },
    close: async () => sessions.close(),
  };
}

function heap(): number {
  if (globalThis.gc === undefined) throw new Error("run with --expose-gc");
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
