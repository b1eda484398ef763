/**
 * How far a migration has come.
 *
 * @module
 */
import type { Core } from "../session/core.ts";
import type { Reporter } from "../session/events.ts";
import { recordedStanding } from "../session/limits.ts";
import type { Migration } from "./migration.ts";

/** How far a migration has come, as {@link Sessions.migration} tells. */
export interface MigrationReport {
  /** The software that the sessions come from. */
  readonly from: string;
  /** From when on legacy cookies are nothing any more. */
  readonly until: Date;
  /** True while sessions that have moved are kept there too (`migrate.keepLegacy`). */
  readonly keepsLegacy: boolean;
  /**
   * How many sessions the legacy store has, as it counts: with `keepsLegacy` those that have moved too, and with most
   * stores those that have expired and are not removed yet. `undefined`: it cannot count, or they are in cookies.
   */
  readonly remaining: number | undefined;
  /** How many live sessions have come over, and have the user still that they came with; `undefined`: the store has no lists. */
  readonly moved: number | undefined;
}

/** Throws a coded error, of the store or the legacy store. Reads every session. */
export async function reportOf(
  migration: Migration,
  core: Core,
  reporter: Reporter,
): Promise<MigrationReport> {
  const { source, until, keepLegacy } = migration;
  return {
    from: source.from,
    until: new Date(until),
    keepsLegacy: keepLegacy,
    remaining: await migration.remaining(reporter),
    moved: core.store.lacks("listing") ? undefined : await movedIn(core, reporter),
  };
}

const PAGE = 1_000;

async function movedIn({ store, records, clock }: Core, reporter: Reporter): Promise<number> {
  let moved = 0;
  let after: string | undefined;
  do {
    const now = clock.now();
    const page = await store.ask("scan", reporter, (it) => it.scan(now, { after, limit: PAGE }));
    for (const { handle, record } of page) {
      const opened = records.stampedHeaderOf(handle, record);
      if (opened?.header.legacy === undefined) continue;
      const found = recordedStanding(opened, now);
      if (found === "live" || found === "locked") moved += 1;
    }
    after = page.length < PAGE ? undefined : page.at(-1)?.handle;
  } while (after !== undefined);
  return moved;
}
