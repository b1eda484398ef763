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

const LOG2_N = 15;
const R = 8;
const P = 3;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** Hashing at once; each takes 32 MiB and a thread of libuv's four, which file and DNS work need too. */
const AT_ONCE = 2;
/** Requests that may wait for their turn; about a quarter of a minute of work on two cores. */
const WAITING = 64;

interface Parameters {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

export class Passwords {
  readonly #turnstile: Turnstile;
  /** Checked when there is no such user, so that both answers take the same time. No password matches it. */
  readonly #decoy: string = format(
    { ln: LOG2_N, r: R, p: P },
    randomBytes(SALT_BYTES),
    randomBytes(KEY_BYTES),
  );

  constructor(turnstile: Turnstile = new Turnstile(AT_ONCE, WAITING)) {
    this.#turnstile = turnstile;
  }

  /**
   * A PHC string: `$scrypt$ln=15,r=8,p=3$salt$key`.
   *
   * @throws {@link BusyError} when too many are waiting
   */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const parameters: Parameters = { ln: LOG2_N, r: R, p: P };
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
    return timingSafeEqual(derived, key) && stored !== undefined;
  }

  #derive(password: string, salt: Buffer, { ln, r, p }: Parameters, bytes: number): Promise<Buffer> {
    // NFKC: the same password typed on two keyboards gives the same bytes (NIST SP 800-63B-4, 3.1.1.2).
    const text = password.normalize("NFKC");
    const N = 2 ** ln;
    const maxmem = 128 * N * r + 128 * r * p + 1024 * 1024;
    return this.#turnstile.run(
      () =>
        new Promise<Buffer>((resolve, reject) => {
          scrypt(text, salt, bytes, { N, r, p, maxmem }, (error, key) => (error ? reject(error) : resolve(key)));
        }),
    );
  }
}

function format({ ln, r, p }: Parameters, salt: Buffer, key: Buffer): string {
  const encode = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/, "");
  return `$scrypt$ln=${ln},r=${r},p=${p}$${encode(salt)}$${encode(key)}`;
}

function parse(text: string): { parameters: Parameters; salt: Buffer; key: Buffer } {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]+)\$([\w+/]+)$/.exec(text);
  const [, ln, r, p, salt, key] = match ?? [];
  if (!salt || !key) throw new Error("A stored password hash is not in the expected format.");
  return {
    parameters: { ln: Number(ln), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, "base64"),
    key: Buffer.from(key, "base64"),
  };
}
