/**
 * Session keys that rotate by the clock, or come from a vault.
 *
 * ```ts
 * import { keyFile, keysFrom, storedKeys } from "holdfast/keys";
 * ```
 *
 * @module
 */
export { keyFile } from "./key-file.ts";
export { type DatedSecret, type FetchedSecrets, type KeysFromOptions, keysFrom } from "./keys-from.ts";
export type {
  KeyProvider,
  KeySource,
  KeyTools,
  RotationOptions,
  VersionedKeys,
} from "./provider.ts";
export type { KeyEntry, KeyRotation, KeyState } from "./schedule.ts";
export { type StoredKeysOptions, storedKeys } from "./stored-keys.ts";
