/**
 * The registration of a device's key: the session is bound to it. No activity: no limit moves (ASVS 7.3.2, NIST SP
 * 800-63B-4 5.1).
 *
 * @module
 */
import { type Awaitable, chain } from "../../awaitable.ts";
import { type Proof, type ProofFlaw, registrationFlaw } from "../../dbsc/proof.ts";
import { thumbprintOf } from "../../dbsc/public-key.ts";
import type { DeviceBoundSettings } from "../../dbsc/settings.ts";
import type { Core } from "../core.ts";
import type { Reporter } from "../events.ts";
import type { Credential } from "../record/credentials.ts";
import { editHeader, type HeaderEdit } from "../record/edit-header.ts";
import type { StampedHeader } from "../record/header.ts";
import { handleInName } from "./binding-name.ts";
import { registrationChallenge } from "./challenges.ts";
import { grant, isOver, lastSeen, type Proven } from "./grant.ts";
import type { BoundKey } from "./state.ts";

/** Why a registration binds nothing. */
export type RegistrationFlaw = ProofFlaw | "session" | "bound";

/** @property isNew - false for a registration whose answer was lost, and which came again */
type Bound = {
  readonly key: BoundKey;
  readonly user: string | null;
  readonly isNew: boolean;
  readonly result: Proven;
};

export class Registrations {
  readonly #core: Core;
  readonly #settings: DeviceBoundSettings;

  constructor(core: Core, settings: DeviceBoundSettings) {
    this.#core = core;
    this.#settings = settings;
  }

  /**
   * Binds the session that the proof names to the key that it brings, once. The same again, before the key has proven
   * anything else, gets the same answer: the first one may be lost, and with it the browser's only bound cookie.
   *
   * @param credentials - of the session cookies that came along: a session that has another id by now is found by them
   * @param endpoint - the URL it was sent to
   * @returns `"unclear"` where this process cannot read the session, or does not know the key of its name
   * @throws {HoldfastError} a store's error
   */
  register(
    credentials: readonly Credential[],
    proof: Proof | ProofFlaw,
    endpoint: string,
    reporter: Reporter,
  ): Awaitable<Proven | RegistrationFlaw | "unclear"> {
    const refused = (reason: RegistrationFlaw): RegistrationFlaw => {
      reporter.report("session_device_refused", { step: "registration", reason });
      return reason;
    };
    if (typeof proof === "string") return refused(proof);
    const named = handleInName(this.#core.keys, proof.authorization ?? "", this.#core.clock.now());
    if (named === "unclear") return named;
    if (typeof named === "string") return refused(named === "forged" ? "authorization" : "session");
    const handles = new Set([named.handle, ...credentials.map(({ handle }) => handle)]);
    return this.#registerFirst([...handles], credentials, proof, endpoint, reporter);
  }

  #registerFirst(
    [handle = "", ...others]: readonly string[],
    credentials: readonly Credential[],
    proof: Proof,
    endpoint: string,
    reporter: Reporter,
  ): Awaitable<Proven | RegistrationFlaw | "unclear"> {
    const edited = editHeader(
      this.#core,
      handle,
      () => lastSeen(handle, credentials),
      reporter,
      (opened, now) => this.#bind(opened, proof, endpoint, now),
    );
    return chain(edited, (outcome) => {
      if (outcome === "unreadable") return "unclear";
      if (outcome === "gone" && others.length > 0)
        return this.#registerFirst(others, credentials, proof, endpoint, reporter);
      if (typeof outcome === "string") {
        const reason = outcome === "gone" ? "session" : outcome;
        reporter.report("session_device_refused", { step: "registration", reason }, { handle });
        return reason;
      }
      const { key, user, isNew, result } = outcome;
      const { thumbprint, algorithm } = key;
      if (isNew) reporter.report("session_device_bound", { thumbprint, algorithm }, { handle, user });
      return result;
    });
  }

  #bind(
    opened: StampedHeader,
    proof: Proof,
    endpoint: string,
    now: number,
  ): HeaderEdit<Bound | RegistrationFlaw> {
    const { header } = opened;
    const refused = (result: RegistrationFlaw) => ({ header: undefined, result });
    const { device, user } = header;
    if (device === undefined || isOver(opened, now)) return refused("session");
    const challenge = registrationChallenge(device, now);
    const challenges = challenge === undefined ? [] : [challenge.value];
    const flaw = registrationFlaw(proof, { challenges, endpoint });
    const { algorithm, jwk, authorization: id = "" } = proof;
    const isNew = device.key === undefined;
    if (flaw !== null || jwk === undefined) return refused(isNew ? (flaw ?? "key") : "bound");
    const thumbprint = thumbprintOf(jwk);
    if (!isNew && device.key.thumbprint !== thumbprint) return refused("bound");
    const key = device.key ?? { id, algorithm, jwk, thumbprint, boundAt: now, provenAt: now };
    const granted = grant(this.#core, this.#settings, header, key, now, challenge);
    return { header: granted.header, result: { key, user, isNew, result: granted.result } };
  }
}
