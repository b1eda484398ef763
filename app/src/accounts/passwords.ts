/**
 * Password hashing with scrypt, a memory-hard function of Node's own `crypto`.
 *
 * Parameters are the OWASP Password Storage equivalent N=2^15, r=8, p=3: 32 MiB and some hundred milliseconds per
 * try. Hashes are kept in the PHC string format, so parameters can grow without invalidating old ones.
 *
 * @module
 */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { Turnstile } from "./turnstile.ts";

const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** Hashing at once; each takes 32 MiB and a thread of libuv's four, which file and DNS work need too. */
const AT_ONCE = 2;
/** Requests that may wait for their turn; about a quarter of a minute of work on two cores. */
const WAITING = 64;

/** How much work a hash is; see RFC 7914. */
export interface ScryptParameters {
  /** Base-2 logarithm of N, the cost in memory and time. */
  readonly ln: number;
  /** Block size. */
  readonly r: number;
  /** How often it is done one after the other. */
  readonly p: number;
}

const PARAMETERS: ScryptParameters = { ln: 15, r: 8, p: 3 };

export class Passwords {
  readonly #parameters: ScryptParameters;
  readonly #turnstile: Turnstile;
  /** Checked when there is no such user, so that both answers take the same time. No password matches it. */
  readonly #decoy: string;

  /** @param parameters - of new hashes; old ones keep theirs */
  constructor(
    parameters: ScryptParameters = PARAMETERS,
    turnstile: Turnstile = new Turnstile(AT_ONCE, WAITING),
  ) {
    this.#parameters = parameters;
    this.#turnstile = turnstile;
    this.#decoy = format(parameters, randomBytes(SALT_BYTES), randomBytes(KEY_BYTES));
  }

  /**
   * A PHC string: `$scrypt$ln=15,r=8,p=3$salt$key`.
   *
   * @throws {@link BusyError} when too many are waiting
   */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const parameters = this.#parameters;
    return format(parameters, salt, await this.#derive(password, salt, parameters, KEY_BYTES));
  }

  /**
   * Compares in constant time. With `stored` undefined it does the same work and answers false.
   *
   * @throws {@link BusyError} when too many are waiting
   */
  async verify(password: string, stored: string | undefined): Promise<boolean> {
    const { parameters, salt, key } = parse(stored ?? this.#decoy);
    const derived = await this.#derive(password, salt, parameters, key.length);
    return timingSafeEqual(derived, key);
  }

  #derive(password: string, salt: Buffer, { ln, r, p }: ScryptParameters, bytes: number): Promise<Buffer> {
    // NFKC: the same password typed on two keyboards gives the same bytes (NIST SP 800-63B-4, 3.1.1.2).
    const text = password.normalize("NFKC");
    const N = 2 ** ln;
    const maxmem = 128 * N * r + 128 * r * p + 1024 * 1024;
    return this.#turnstile.run(
      () =>
        new Promise<Buffer>((resolve, reject) => {
          scrypt(text, salt, bytes, { N, r, p, maxmem }, (error, key) =>
            error ? reject(error) : resolve(key),
          );
        }),
    );
  }
}

function format({ ln, r, p }: ScryptParameters, salt: Buffer, key: Buffer): string {
  const encode = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/, "");
  return `$scrypt$ln=${ln},r=${r},p=${p}$${encode(salt)}$${encode(key)}`;
}

function parse(text: string): { parameters: ScryptParameters; salt: Buffer; key: Buffer } {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]+)\$([\w+/]+)$/.exec(text);
  const [, ln, r, p, salt, key] = match ?? [];
  if (!salt || !key) throw new Error("A stored password hash is not in the expected format.");
  return {
    parameters: { ln: Number(ln), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, "base64"),
    key: Buffer.from(key, "base64"),
  };
}
