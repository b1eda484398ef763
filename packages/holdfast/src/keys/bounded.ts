import { type Awaitable, isPromise, within } from "../awaitable.ts";
import { HoldfastError } from "../errors.ts";
import type { KeySource } from "./provider.ts";

/** The same source, but nobody waits for it longer than `timeout` milliseconds. */
export function bounded(source: KeySource, timeout: number): KeySource {
  const { write } = source;
  const late = (): Error =>
    new HoldfastError("ERR_HOLDFAST_KEYS_UNAVAILABLE", `The session keys did not come within ${timeout} ms.`);
  const limit = <T>(answer: Awaitable<T>): Awaitable<T> =>
    isPromise(answer) ? within(timeout, answer, late) : answer;
  return {
    read: () => limit(source.read()),
    ...(write !== undefined && {
      write: (keys, version) => limit(Reflect.apply(write, source, [keys, version])),
    }),
  };
}
