import type { Handle } from "../contract.ts";
import type { Entry } from "./entry.ts";

/**
 * The `limit` live entries with the lowest handles after `after`, in order.
 *
 * Looks at every entry once and sorts only what may be among the lowest: 100,000 sessions take about 5 ms, at any limit
 * up to 1,000. An order kept all the time would make every sign-in dearer for a page that operators open now and then.
 */
export function lowestLive<Payload>(
  entries: Iterable<Entry<Payload>>,
  now: number,
  after: Handle,
  limit: number,
): Entry<Payload>[] {
  let lowest: Entry<Payload>[] = [];
  /** What comes after it is not among the lowest. */
  let last: Handle | undefined;
  for (const entry of entries) {
    const { handle, record } = entry;
    if (handle <= after || (last !== undefined && handle > last) || record.expiresAt <= now) continue;
    lowest.push(entry);
    if (lowest.length < 2 * limit) continue;
    lowest = lowest.sort(byHandle).slice(0, limit);
    last = lowest.at(-1)?.handle;
  }
  return lowest.sort(byHandle).slice(0, limit);
}

function byHandle<Payload>(a: Entry<Payload>, b: Entry<Payload>): number {
  return a.handle < b.handle ? -1 : 1;
}
