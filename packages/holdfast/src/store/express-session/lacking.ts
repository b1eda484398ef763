import { HoldfastError } from "../../errors.ts";
import type { StoreLack } from "../contract.ts";
import type { ExpressSessionStoreSettings } from "./options.ts";

/** What such a store cannot do, whichever it is. */
export function lacksOf({ exclusive, listing }: ExpressSessionStoreSettings): readonly StoreLack[] {
  const lacks: StoreLack[] = ["limits", "values"];
  if (!exclusive) lacks.push("atomic-writes");
  if (!listing) lacks.push("listing");
  return lacks;
}

export function cannotList(): HoldfastError {
  return cannot(
    "list sessions, or revoke all of a user's but one: it has no index. Where its store has all(), the option " +
      "`listing: true` makes it read every session instead",
  );
}

export function cannotLimit(): HoldfastError {
  return cannot("keep a limit of sessions per user: it has no transactions");
}

export function cannotKeepValues(): HoldfastError {
  return cannot("keep keys for several processes: it has no transactions. Use `secret` or keyFile()");
}

function cannot(what: string): HoldfastError {
  return new HoldfastError(
    "ERR_HOLDFAST_STORE_CANNOT",
    `A store for express-session cannot ${what}. See docs/guide/express-session-stores.md.`,
  );
}
