/**
 * The album's data, and one program after another that serves it.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "./program.js";

/** Another one than the programs had before. */
const SECRET = "t1Fq7ZkVb0nXw4Rj9cLhYp3sGd6mAe8uNxQ2oTiWvBz";

/** As long as the album's sessions live. */
const WEEK = 7 * 24 * 60 * 60 * 1000;

export class AlbumSite {
  #data = mkdtempSync(join(tmpdir(), "holdfast-album-"));
  #ends = [];
  #program;

  /** Stops the program that runs and starts this one. */
  async run(file) {
    await this.#program?.stop();
    this.#program = await start({ after: (end) => this.#ends.push(end) }, `moving/${file}`, {
      DATA_DIR: this.#data,
      HOLDFAST_SECRET: SECRET,
      OLD_SESSIONS_UNTIL: new Date(Date.now() + WEEK).toISOString(),
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

  /** Whether a text is to be read in what is stored of sessions. */
  storeShows(text) {
    return readdirSync(this.#data, { recursive: true })
      .filter((name) => name.startsWith("sessions") && name !== "sessions")
      .some((name) => readFileSync(join(this.#data, name)).includes(text));
  }

  async close() {
    for (const end of this.#ends) await end();
    rmSync(this.#data, { recursive: true, force: true });
  }
}
