/**
 * Who may not come over any more: `revokeUser` and `revokeAll` hold against sessions that have not moved yet.
 *
 * @module
 */
import { hash } from "node:crypto";
import type { Hmac } from "../crypto/hmac.ts";
import { hmacFor } from "../keys/key.ts";
import type { Reporter } from "../session/events.ts";
import type { SharedValues } from "./shared-values.ts";

const REFUSED = Uint8Array.of(1);

export class Refusals {
  readonly #values: SharedValues;
  readonly #everybody: string;
  readonly #hmacs: readonly Hmac[];

  /**
   * @param place - which legacy sessions are meant
   * @param secrets - those of the legacy cookies. Under each of them a user has a name, as keys of ours may have retired
   *   before it is asked for
   */
  constructor(values: SharedValues, place: readonly string[], secrets: readonly string[]) {
    this.#values = values;
    const text = JSON.stringify(["holdfast/1 refused", ...place]);
    this.#everybody = `refused-${hash("sha256", text, "hex").slice(0, 48)}`;
    this.#hmacs = secrets.map((secret) => hmacFor(secret, `legacy refusals ${text}`));
  }

  /** @param user - `null`: everybody */
  async refuse(user: string | null, reporter: Reporter): Promise<void> {
    for (const name of this.#namesOf(user)) await this.#values.add(name, REFUSED, reporter);
  }

  /** True if this user's sessions, or everybody's, are refused. */
  async isRefused(user: string | null, reporter: Reporter): Promise<boolean> {
    const names = user === null ? [this.#everybody] : [this.#everybody, ...this.#namesOf(user)];
    for (const name of names) if ((await this.#values.read(name, reporter)) !== null) return true;
    return false;
  }

  #namesOf(user: string | null): readonly string[] {
    if (user === null) return [this.#everybody];
    return this.#hmacs.map((hmac) => `refused-${hmac.bytes(user).toString("hex").slice(0, 48)}`);
  }
}
