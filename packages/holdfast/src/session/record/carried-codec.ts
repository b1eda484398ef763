import type { KeyRing } from "../../keys/key-ring.ts";
import type { RecordCodec } from "./codec.ts";
import type { WrappedKey } from "./header.ts";
import { decodeHeader, encodeHeader } from "./header-bytes.ts";
import { Snapshot } from "./snapshot.ts";

const NO_WRAPS: readonly WrappedKey[] = [];

/** Records that are sealed as a whole for their clients to carry: header and body are plain bytes, users hashed names. */
export function carriedCodec(keys: KeyRing): RecordCodec {
  return {
    // It would save nothing: the client is given the whole record anew in any case.
    headersStay: false,
    indexNames: (user) => keys.userHashes(user),
    indexName: (user, keyId) => (keys.get(keyId) ?? keys.newest).userHash(user),
    newWraps: () => NO_WRAPS,
    rewrap: () => NO_WRAPS,
    wrapsForNext: () => NO_WRAPS,
    sealHeader: (_handle, _keyId, header) => encodeHeader(header),
    openHeader: (_handle, stored) => (stored instanceof Uint8Array ? decodeHeader(stored) : null),
    sealBody: (_credential, _header, _tie, data) => Buffer.from(data.json, "utf8"),
    openBody: (_credential, _header, _tie, stored) => {
      const json = stored instanceof Uint8Array ? Buffer.from(stored).toString("utf8") : "";
      return json.startsWith("{") ? Snapshot.ofJson(json) : null;
    },
    sealPending: (_credential, _header, _purpose, json) => json,
    openPending: (_credential, _header, step) => step.value,
  };
}
