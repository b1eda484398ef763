import { type Awaitable, chain } from "../awaitable.ts";
import type { Random } from "../crypto/random.ts";
import { open, seal } from "../crypto/seal.ts";
import { HoldfastError } from "../errors.ts";
import { checkOptionNames } from "../option-checks.ts";
import type { StoredValue } from "../store/contract.ts";
import { corrupt, decodeKeys, encodeKeys } from "./document.ts";
import { derive, keyIdOf } from "./key.ts";
import {
  type KeyProvider,
  type KeySource,
  type KeyTools,
  ROTATION_NAMES,
  type RotationOptions,
  rotationOf,
  type VersionedKeys,
} from "./provider.ts";
import type { KeyEntry } from "./schedule.ts";
import { checkSecrets } from "./secrets.ts";

/** Options of {@link storedKeys}. */
export interface StoredKeysOptions extends RotationOptions {
  /**
   * What the keys are wrapped under in the store: as for `secret` of `session()`, a list newest first too. It never
   * signs anything. Without it whoever reads the store would have the keys, so there is no default.
   */
  readonly secret: string | readonly string[] | undefined;
}

/** The name of the value in the store. */
const NAME = "keys";
const WHERE = "The session store's key ring";
const CONTEXT = "holdfast key ring";
const ID_LENGTH = 4;

/**
 * Keys in the session store that rotate by the clock: one process rotates, all processes on the store learn it. In the
 * store they are wrapped with AES-256-GCM under a key made from `secret`.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_SECRET_MISSING`, `ERR_HOLDFAST_SECRET_WEAK`, `ERR_HOLDFAST_OPTION`,
 * `ERR_HOLDFAST_OPTION_UNKNOWN`, `ERR_HOLDFAST_DURATION`, `ERR_HOLDFAST_LIMITS`
 *
 * @example
 * ```ts
 * const secret = storedKeys({ secret: process.env.SESSION_SECRET, rotate: "30d" });
 * app.use(session({ secret, store: new SqliteStore("data/sessions.db") }));
 * ```
 */
export function storedKeys(options: StoredKeysOptions): KeyProvider {
  checkOptionNames("storedKeys()", options, ["secret", ...ROTATION_NAMES]);
  const secrets = checkSecrets(options.secret);
  const { every, propagation, refresh } = rotationOf("storedKeys()", options);
  const connect: KeyProvider["connect"] = (tools) => new StoreSource(secrets, tools);
  return { rotation: { every, propagation }, refresh, inStore: true, connect };
}

export class StoreSource implements KeySource {
  readonly #store: KeyTools["store"];
  readonly #random: Random;
  readonly #now: () => number;
  /** By the id that stands before what they have wrapped, newest first. */
  readonly #wrapping: ReadonlyMap<string, Buffer>;
  readonly #newest: string;

  constructor(secrets: readonly string[], { store, random, now }: KeyTools) {
    this.#store = store;
    this.#random = random;
    this.#now = now;
    this.#wrapping = new Map(secrets.map((one) => [keyIdOf(one), derive(one, "key ring wrapping", 32)]));
    this.#newest = [...this.#wrapping.keys()][0] ?? "";
  }

  read(): Awaitable<VersionedKeys | null> {
    return chain(this.#store.readValue(NAME, this.#now()), (stored) =>
      stored === null ? null : this.#opened(stored),
    );
  }

  write(keys: readonly KeyEntry[], version: unknown): Awaitable<boolean> {
    const plain = Buffer.from(encodeKeys(keys), "utf8");
    const key = this.#wrapping.get(this.#newest) ?? Buffer.alloc(0);
    const wrapped = Buffer.concat([
      Buffer.from(this.#newest, "latin1"),
      seal(key, plain, CONTEXT, this.#random),
    ]);
    return this.#store.writeValue(NAME, typeof version === "number" ? version : 0, wrapped, this.#now());
  }

  #opened({ version, value }: StoredValue): Awaitable<VersionedKeys | null> {
    const id = Buffer.from(value.subarray(0, ID_LENGTH)).toString("latin1");
    const key = this.#wrapping.get(id);
    if (key === undefined) {
      if (!/^[\w-]{4}$/.test(id)) throw corrupt(WHERE, "cannot be read");
      throw new HoldfastError(
        "ERR_HOLDFAST_KEYS_SECRET",
        `${WHERE} is wrapped under another secret than storedKeys() was given. Put that one into the list behind the new one.`,
      );
    }
    const plain = open(key, value.subarray(ID_LENGTH), CONTEXT);
    if (plain === null) throw corrupt(WHERE, "cannot be opened: it was cut or edited");
    const keys = decodeKeys(plain.toString("utf8"), WHERE);
    // The wrapping secret is being replaced, too: as soon as this is written the old one may go.
    if (id === this.#newest) return { keys, version };
    return chain(this.write(keys, version), (done) => (done ? { keys, version: version + 1 } : this.read()));
  }
}
