/**
 * A store that holds no session itself: what it can do without a request is to deny.
 *
 * @module
 */
import { type Awaitable, chain } from "../../awaitable.ts";
import { type Random, systemRandom } from "../../crypto/random.ts";
import { HoldfastError } from "../../errors.ts";
import type {
  CreateOutcome,
  Handle,
  IndexedUser,
  ListedRecord,
  ScanPage,
  Store,
  StoreCapabilities,
  StoredRecord,
  StoredValue,
  Touch,
  UserLimit,
} from "../contract.ts";
import { type DenyList, everybody, sessionName, userName } from "./deny-list.ts";

/** So many random bytes tell one revocation from all others. */
const MARK_BYTES = 8;

export class ClientHeld implements Store {
  readonly capabilities: StoreCapabilities;
  readonly denyList: DenyList | undefined;
  /** The longest that a session can live, in milliseconds. */
  longestLife: number;
  protected random: Random = systemRandom;

  constructor(capabilities: StoreCapabilities, denyList: DenyList | undefined, longestLife: number) {
    this.capabilities = capabilities;
    this.denyList = denyList;
    this.longestLife = longestLife;
  }

  open(): Awaitable<void> {
    return this.denyList?.store.open?.();
  }

  /** `null`: no session is seen from outside its request. Shows whether the deny list answers. */
  read(handle: Handle, now: number): Awaitable<StoredRecord | null> {
    return chain(this.denyList?.look([sessionName(handle)], now), () => null);
  }

  create(
    _handle: Handle,
    _record: StoredRecord,
    _now: number,
    _generation?: number,
    _limit?: UserLimit,
  ): Awaitable<CreateOutcome> {
    throw unseen();
  }

  update(_handle: Handle, _version: number, _record: StoredRecord, _now: number): Awaitable<boolean> {
    throw unseen();
  }

  touch(_touches: readonly Touch[], _now: number): Awaitable<Handle[]> {
    throw unseen();
  }

  /** True if nobody had ended it before: whether it was live only its client knows. */
  delete(handle: Handle, now: number): Awaitable<boolean> {
    return this.denying().denySession(handle, now + this.longestLife, now);
  }

  listUser(_users: readonly IndexedUser[], _now: number): Awaitable<ListedRecord[]> {
    throw unseen();
  }

  /** 0: how many there were only their clients know. */
  deleteUser(users: readonly IndexedUser[], now: number, except?: Handle): Awaitable<number> {
    return this.#denyAll(users.map(userName), now, except ?? "");
  }

  /** 0, as {@link ClientHeld.deleteUser}. */
  deleteAll(now: number): Awaitable<number> {
    return this.#denyAll([everybody], now, "");
  }

  userGeneration(_user: IndexedUser): Awaitable<number> {
    return 0;
  }

  countByKey(_now: number): Awaitable<Map<string, number>> {
    throw unseen();
  }

  /** Nothing to do: without its key no session can be opened. */
  deleteByKey(_keyId: string, _limit: number): Awaitable<number> {
    return 0;
  }

  readValue(name: string, now: number): Awaitable<StoredValue | null> {
    return this.#values().readValue(name, now);
  }

  writeValue(
    name: string,
    expectedVersion: number,
    value: Uint8Array,
    now: number,
    expiresAt?: number,
  ): Awaitable<boolean> {
    return this.#values().writeValue(name, expectedVersion, value, now, expiresAt);
  }

  scan(_now: number, _page: ScanPage): Awaitable<ListedRecord[]> {
    throw unseen();
  }

  prune(now: number, limit: number): Awaitable<number> {
    return this.denyList?.store.prune(now, limit) ?? 0;
  }

  close(): Awaitable<void> {
    return this.denyList?.store.close();
  }

  /** @throws {HoldfastError} `ERR_HOLDFAST_STORE_CANNOT` without a deny list */
  protected denying(): DenyList {
    if (this.denyList !== undefined) return this.denyList;
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_CANNOT",
      "Sessions that their clients carry can be ended from outside only with a deny list: new CookieStore({ denyList }).",
    );
  }

  #denyAll(names: readonly IndexedUser[], now: number, except: Handle | ""): Awaitable<number> {
    const list = this.denying();
    const mark = this.random(MARK_BYTES).toString("base64url");
    return chain(list.denyAll(names, { mark, except }, now + this.longestLife, now), () => 0);
  }

  #values(): Store<unknown> {
    if (this.denyList !== undefined) return this.denyList.store;
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_CANNOT",
      "The cookie store keeps nothing on the server. Give it a `denyList`, or keep keys in a file or in `secret`.",
    );
  }
}

function unseen(): HoldfastError {
  return new HoldfastError(
    "ERR_HOLDFAST_STORE_CANNOT",
    "Sessions that their clients carry cannot be seen from outside their requests. Use a store on the server to list them.",
  );
}
