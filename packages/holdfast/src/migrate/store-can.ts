import { HoldfastError } from "../errors.ts";
import type { StoreCapabilities } from "../store/contract.ts";
import type { MigrationSettings } from "./options.ts";

/** @throws {HoldfastError} `ERR_HOLDFAST_STORE_CANNOT` */
export function checkStoreCanMigrate(
  { lacks }: StoreCapabilities,
  { keepLegacy }: Pick<MigrationSettings, "keepLegacy">,
): void {
  if (lacks.includes("values") || lacks.includes("revocation")) {
    throw cannot("`migrate` needs a store that remembers which sessions have moved, and can end them");
  }
  if (keepLegacy && lacks.includes("listing")) {
    throw cannot("`migrate.keepLegacy` needs a store that can list a user's sessions. Leave it out");
  }
}

function cannot(what: string): HoldfastError {
  return new HoldfastError(
    "ERR_HOLDFAST_STORE_CANNOT",
    `${what}, or use another store: docs/guide/stores.md says which can. See docs/migrate.md.`,
  );
}
