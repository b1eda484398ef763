/**
 * What stays of a legacy session that has moved: where it is now. For as long as the legacy cookie could be good, so that
 * nobody brings back with it what was signed out.
 *
 * @module
 */
import { hash } from "node:crypto";
import { looksLikeHandle } from "../crypto/session-id.ts";
import type { LegacyScope } from "../session/legacy.ts";
import { scopeOf } from "./legacy-scope.ts";

export interface Tombstone {
  readonly handle: string;
  /** The server key that the session's first secret is derived with. */
  readonly keyId: string;
  readonly scope: LegacyScope;
  /** True for one that was not published: nobody else is to know of the session. */
  readonly isPrivate?: true;
}

/**
 * Its name in the store. No key is in it: keys retire, and it must be found for as long as the legacy cookie is good. It
 * tells a thief nothing, who has no list of ids to try it on, and who could not sign one.
 */
export function tombstoneName(from: string, cookie: string, legacyId: string): string {
  const text = JSON.stringify(["holdfast/1 moved", from, cookie, legacyId]);
  return `moved-${hash("sha256", text, "hex").slice(0, 48)}`;
}

export function encodeTombstone({ handle, keyId, scope }: Tombstone): Uint8Array {
  return Buffer.from(JSON.stringify({ handle, keyId, scope }), "utf8");
}

/** `null` for what is none: the session that it stood for is over then. */
export function decodeTombstone(bytes: Uint8Array): Tombstone | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (typeof value !== "object" || value === null) return null;
    const { handle, keyId, scope }: { handle?: unknown; keyId?: unknown; scope?: unknown } = value;
    if (!looksLikeHandle(handle) || typeof keyId !== "string") return null;
    return { handle, keyId, scope: scopeOf(scope) };
  } catch {
    return null;
  }
}
