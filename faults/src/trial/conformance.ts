import { storeConformance } from "holdfast/testing";
import { placeAt } from "../app/places.ts";
import type { StorePlan } from "../app/plan.ts";

let stores = 0;

/**
 * Holds a store to its contract, through two connections; with Redis, through two clients.
 *
 * @returns how many sentences it keeps
 * @throws AssertionError for the first that it does not
 */
export async function conformance(engine: StorePlan): Promise<number> {
  // A hundred operations at once on a busy machine are no outage.
  const plan = { ...engine, patience: 20_000 };
  const [one, other] = await Promise.all([placeAt(plan), placeAt({ ...plan, client: "ioredis" })]);
  const open = () => {
    const apart = `conformance_${++stores}`;
    const store = one.store(apart);
    return {
      store,
      reopen: () => other.store(apart),
      close: () => store.close(),
      expiresByItself: plan.url.startsWith("redis"),
    };
  };
  const sentences = storeConformance(open);
  try {
    for (const { run } of sentences) await run();
  } finally {
    await Promise.all([one.end(), other.end()]);
  }
  return sentences.length;
}
