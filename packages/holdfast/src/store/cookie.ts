/**
 * Sessions in their clients' cookies, sealed: for apps that keep nothing on the server.
 *
 * ```ts
 * import { CookieStore } from "holdfast/store/cookie";
 * ```
 *
 * @module
 */
import type { Random } from "../crypto/random.ts";
import { HoldfastError } from "../errors.ts";
import { checkOptionNames, wholeNumber } from "../option-checks.ts";
import type { Store, StoreCapabilities, StoreLack } from "./contract.ts";
import { ClientHeld } from "./cookie/client-held.ts";
import { DenyList } from "./cookie/deny-list.ts";
import { MOST_CHUNKS } from "./cookie/parts.ts";

/** Options of {@link CookieStore}. */
export interface CookieStoreOptions {
  /**
   * Over how many cookies a session may be spread, 1 to 3. Default 1: 4,096 bytes of name, value and attributes, which
   * every browser keeps (RFC 6265 6.1), and about 2,400 bytes of data.
   *
   * They come with every request. More than 3 would not: Node refuses more than 16 KiB of headers. Some proxies refuse a
   * `Cookie` header of more than 8 KiB, which is what 2 fill.
   */
  readonly chunks?: number | undefined;
  /**
   * A store of its own on the server, where ended sessions are noted until they would have ended by themselves: small
   * entries, and one look at each request that loads its session. Default none: then a session that has been ended lives
   * on in whatever copy of its cookies there is, and `revoke`, `revokeUser` and `revokeAll` throw.
   *
   * No session may be kept in it. What it forgets is not denied any more.
   */
  readonly denyList?: Store<unknown> | undefined;
}

/**
 * Keeps the whole session in cookies beside the one with its id, sealed with AES-256-GCM: its client can neither read nor
 * change it. Nothing is kept on the server but the deny list, if there is one.
 *
 * Some promises cannot be kept so: `docs/guide/cookie-store.md` says which. `list`, `listAll` and `maxSessions` need a store
 * on the server, and sessions are not renewed.
 *
 * @example
 * ```ts
 * app.use(session({ secret, store: new CookieStore({ denyList: new SqliteStore("data/ended.db") }) }));
 * ```
 */
export class CookieStore extends ClientHeld {
  /** Over how many cookies a session may be spread. */
  readonly chunks: number;

  /** @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN` or `ERR_HOLDFAST_STORE_OPTION` */
  constructor(options: CookieStoreOptions = {}) {
    checkOptionNames("CookieStore", options, ["chunks", "denyList"]);
    const { chunks = 1, denyList } = options;
    super(capabilitiesWith(denyList), denyList && new DenyList(denyList), 0);
    this.chunks = wholeNumber("CookieStore", "chunks", chunks, 1);
    if (this.chunks > MOST_CHUNKS) {
      throw new HoldfastError("ERR_HOLDFAST_OPTION", "CookieStore: `chunks` must be 1, 2 or 3.");
    }
  }

  /**
   * Called by `session()`: its sessions live for so many milliseconds at most, and what ends them must be remembered for as
   * long.
   */
  serve(absolute: number, random: Random): void {
    this.longestLife = Math.max(this.longestLife, absolute);
    this.random = random;
  }
}

function capabilitiesWith(denyList: Store<unknown> | undefined): StoreCapabilities {
  const lacks: StoreLack[] = ["atomic-writes", "listing", "limits"];
  if (denyList === undefined) {
    return { location: "client", sync: true, lacks: [...lacks, "values", "revocation"], forgetsAfter: [] };
  }
  const found: unknown = denyList;
  const its = isStore(found) ? found.capabilities : undefined;
  if (its === undefined || its.lacks.includes("listing")) {
    throw refused(
      'must be a Holdfast store on the server that can list, such as new SqliteStore("data/ended.db").',
    );
  }
  // It is asked by user, which no cache answers, and each revocation would wait for caches that hold nothing of it.
  if (its.settlesWithin !== undefined) throw refused("gains nothing from cached(): give the store itself.");
  if (its.lacks.includes("values")) lacks.push("values");
  return { location: "client", sync: its.sync, lacks, forgetsAfter: its.forgetsAfter };
}

function refused(problem: string): HoldfastError {
  return new HoldfastError("ERR_HOLDFAST_STORE_OPTION", `CookieStore: \`denyList\` ${problem}`);
}

function isStore(value: unknown): value is Store<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "listUser" in value &&
    "capabilities" in value &&
    typeof value.capabilities === "object"
  );
}
