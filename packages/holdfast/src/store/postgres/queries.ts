import { HoldfastError } from "../../errors.ts";
import { hasEnded, type PostgresClient, type PreparingClient, preparing, type Row } from "./client.ts";
import { isMissing, storeFailure, wasUndone, wasUnprepared } from "./failure.ts";
import type { Statement } from "./statements.ts";

/** How often a statement that the server has undone is tried in all. */
const TRIES = 4;

/** Runs statements: again where the server has undone one, and with errors of Holdfast's own. */
export class Queries {
  readonly #client: PostgresClient;
  readonly #missing: () => void;
  /** What statements with names are given to; `undefined`: they have none. */
  #preparing: PreparingClient | undefined;

  /**
   * @param missing - called when tables or functions turn out to be gone
   * @throws {HoldfastError} `ERR_HOLDFAST_STORE_CLIENT` for a client that cannot `prepare`
   */
  constructor(client: PostgresClient, prepare: boolean, missing: () => void) {
    this.#client = client;
    this.#preparing = prepare ? preparing(client) : undefined;
    this.#missing = missing;
  }

  /** The rows of one statement. @throws {HoldfastError} in words of its own, whatever the client threw */
  async rows({ text, name }: Statement, values?: unknown[]): Promise<readonly Row[]> {
    for (let tries = 1; ; tries++) {
      const pool = name === undefined ? undefined : this.#preparing;
      try {
        const asked =
          pool === undefined ? this.#client.query(text, values) : pool.query({ name, text, values });
        return (await asked).rows;
      } catch (error) {
        if (pool !== undefined && wasUnprepared(error)) {
          this.#prepareNoMore();
          continue;
        }
        if (wasUndone(error) && tries < TRIES) continue;
        if (isMissing(error)) this.#missing();
        throw this.#failure(error);
      }
    }
  }

  #prepareNoMore(): void {
    if (this.#preparing === undefined) return;
    this.#preparing = undefined;
    process.emitWarning(
      "PostgresStore goes on without prepared statements: the server did not know one any more, or knew another of its " +
        "name. A pooler mixes up connections, or somebody has changed a table. Leave `prepare` out behind such a pooler; " +
        "else start anew.",
      { type: "HoldfastWarning", code: "HOLDFAST_POSTGRES_PREPARE" },
    );
  }

  #failure(error: unknown): HoldfastError {
    if (!hasEnded(this.#client)) return storeFailure(error);
    const message = "The pool given to PostgresStore has been ended. End it after the store is closed.";
    return new HoldfastError("ERR_HOLDFAST_STORE_CLIENT", message);
  }
}
