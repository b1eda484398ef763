/**
 * The album's data, and one program after another that serves it.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "./program.js";

export class AlbumSite {
  #data = mkdtempSync(join(tmpdir(), "holdfast-album-"));
  #ends = [];
  #program;

  /** Stops the program that runs and starts this one. */
  async run(file) {
    await this.#program?.stop();
    this.#program = await start({ after: (end) => this.#ends.push(end) }, `moving/${file}`, {
      DATA_DIR: this.#data,
    });
    return this.#program.url;
  }

  get url() {
    return this.#program.url;
  }

  get certificate() {
    return join(this.#data, "certificate.pem");
  }

  /** How many pictures there are, those included that are still arriving. */
  get files() {
    return readdirSync(join(this.#data, "pictures")).length;
  }

  async close() {
    for (const end of this.#ends) await end();
    rmSync(this.#data, { recursive: true, force: true });
  }
}
