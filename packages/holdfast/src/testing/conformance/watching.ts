import assert from "node:assert/strict";
import type { StoreChange } from "../../store/contract.ts";
import { type Clause, newHandle, record, type Trial } from "./trial.ts";

const MOST_TURNS = 10_000;

/** Hearing of what other processes change, where the store does. */
export const watchClauses: readonly Clause[] = [
  [
    "if it watches, tells of what another connection has ended, and of nothing more once that is over",
    async ({ store, other, now }: Trial) => {
      if (store.watch === undefined || other === store) return;
      const [heard, witnessed]: [StoreChange[], StoreChange[]] = [[], []];
      const end = store.watch((change) => void heard.push(change));
      const endWitness = store.watch((change) => void witnessed.push(change));
      const [first, second] = [newHandle(), newHandle()];
      for (const handle of [first, second]) await other.create(handle, record(now), now);
      await other.delete(first, now);
      await untilTold(heard, first);
      // Whoever is told looks, and must not find what was before.
      assert.equal(await store.read(first, now, true), null);
      end();
      heard.length = 0;
      await other.delete(second, now);
      // Who watches still has been told by then.
      await untilTold(witnessed, second);
      endWitness();
      assert.deepEqual(heard, [], "it went on telling");
    },
  ],
];

async function untilTold(heard: readonly StoreChange[], handle: string): Promise<void> {
  const isTold = (): boolean => heard.some((change) => names(change, handle));
  for (let turn = 0; turn < MOST_TURNS && !isTold(); turn++) await new Promise(setImmediate);
  assert.ok(isTold(), "it was not told of");
}

function names({ kind, names }: StoreChange, handle: string): boolean {
  return kind === "everything" || (kind === "handles" && names.includes(handle));
}
