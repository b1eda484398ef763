import { HoldfastError } from "../../errors.ts";
import { hasEnded, type PostgresClient, type Row } from "./client.ts";
import { isMissing, storeFailure, wasUndone } from "./failure.ts";

/** How often a statement that the server has undone is tried in all. */
const TRIES = 4;

/** Runs statements: again where the server has undone one, and with errors of Holdfast's own. */
export class Queries {
  readonly #client: PostgresClient;
  readonly #missing: () => void;

  /** @param missing - called when tables or functions turn out to be gone */
  constructor(client: PostgresClient, missing: () => void) {
    this.#client = client;
    this.#missing = missing;
  }

  /** The rows of one statement. @throws {HoldfastError} in words of its own, whatever the client threw */
  async rows(text: string, values?: unknown[]): Promise<readonly Row[]> {
    for (let tries = 1; ; tries++) {
      try {
        const { rows } = await this.#client.query(text, values);
        return rows;
      } catch (error) {
        if (wasUndone(error) && tries < TRIES) continue;
        if (isMissing(error)) this.#missing();
        throw this.#failure(error);
      }
    }
  }

  #failure(error: unknown): HoldfastError {
    if (!hasEnded(this.#client)) return storeFailure(error);
    const message = "The pool given to PostgresStore has been ended. End it after the store is closed.";
    return new HoldfastError("ERR_HOLDFAST_STORE_CLIENT", message);
  }
}
