/**
 * A shared store reduced to what one request of each kind asks of it, with the client and the settings that the contenders
 * have.
 *
 * @module
 */
/** A sealed session as a store gives it. */
export interface Found {
  readonly version: number;
  readonly record: Uint8Array;
}

export interface BareStore {
  /** What a read is, a replacement and an addition, in this store's words. */
  readonly names: Readonly<Record<"read" | "replace" | "add", string>>;
  /** True where the app's handler must not run before the store has answered: it could not wait for `req.session`. */
  readonly waits: boolean;
  /** The live session of a handle. */
  read(handle: string): Found | undefined | Promise<Found | undefined>;
  /** Writes another record over that version only. @throws Error if it is not there */
  replace(handle: string, version: number, record: Uint8Array): void | Promise<void>;
  /** Adds a session so that all of its user's can be found; `user` is no name but a MAC of it. */
  add(handle: string, user: string, expiresAt: number, record: Uint8Array): void | Promise<void>;
  close(): Promise<void>;
}

export function assertWritten(isWritten: boolean): void {
  if (!isWritten) throw new Error("the store has not written");
}
