/**
 * A session bound to a device, and the device's proofs of having its key. Neither is activity: no limit moves (ASVS
 * 7.3.2, NIST SP 800-63B-4 5.1).
 *
 * @module
 */
import { type Awaitable, chain } from "../../awaitable.ts";
import {
  type Proof,
  type ProofFlaw,
  refreshFlaw,
  registrationFlaw,
} from "../../defence/device-bound/proof.ts";
import { thumbprintOf } from "../../defence/device-bound/public-key.ts";
import type { DeviceBoundSettings } from "../../defence/device-bound/settings.ts";
import type { Core } from "../core.ts";
import type { Reporter } from "../events.ts";
import { standing, touchInterval } from "../limits.ts";
import type { Credential } from "../record/credentials.ts";
import { editHeader, type HeaderEdit } from "../record/edit-header.ts";
import type { RecordHeader } from "../record/header.ts";
import { handleInName } from "./binding-name.ts";
import { boundValue } from "./bound-cookie.ts";
import {
  nextChallenge,
  outstanding,
  presentable,
  registrationChallenge,
  withChallenge,
} from "./challenges.ts";
import type { BoundKey, Challenge } from "./state.ts";

/** Why a registration binds nothing. */
export type RegistrationFlaw = ProofFlaw | "session" | "bound";

/** Why a refresh gives nothing; `"name"`: of the binding, and made up. */
export type RefreshFlaw = ProofFlaw | "name";

/** What the browser gets for a good proof. */
export interface Proven {
  /** The binding's name. */
  readonly id: string;
  /** What to sign next. */
  readonly challenge: string;
  /** The bound cookie's value. */
  readonly value: string;
  /** How long it is good, in milliseconds. */
  readonly life: number;
}

/**
 * What becomes of a refresh: a bound cookie, a challenge to sign first, or the end of the binding in the browser; where it
 * is `"replaced"` another one of the same browser goes on. `"unclear"`: it may be there still, to be asked for later.
 */
export type Refresh = Proven | { readonly challenge: string } | Lack;

type Lack = "over" | "replaced" | "unclear";

/** @property isNew - false for a registration whose answer was lost, and which came again */
type Bound = {
  readonly key: BoundKey;
  readonly user: string | null;
  readonly isNew: boolean;
  readonly result: Proven;
};

/** How long after its last use a session that is gone may be one whose new id is on its way. Milliseconds. */
const MOVING = 30_000;

type Judged = { readonly result: Refresh; readonly flaw: ProofFlaw | null };

const LACKS = { gone: "over", over: "over", replaced: "replaced", unreadable: "unclear" } as const;

export class Bindings {
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
   * @param credentials - of the session cookies that came along
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
    const { handle } = named;
    const edited = editHeader(
      this.#core,
      handle,
      () => lastSeen(handle, credentials),
      reporter,
      (header, now) => this.#bind(header, proof, endpoint, now),
    );
    return chain(edited, (outcome) => {
      if (outcome === "unreadable") return "unclear";
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
    header: RecordHeader,
    proof: Proof,
    endpoint: string,
    now: number,
  ): HeaderEdit<Bound | RegistrationFlaw> {
    const refused = (result: RegistrationFlaw) => ({ header: undefined, result });
    const { device, user } = header;
    if (device === undefined || isOver(header, now)) return refused("session");
    const challenge = registrationChallenge(device, now);
    const challenges = challenge === undefined ? [] : [challenge.value];
    const flaw = registrationFlaw(proof, { challenges, endpoint });
    const { algorithm, jwk, authorization: id = "" } = proof;
    const isNew = device.key === undefined;
    if (flaw !== null || jwk === undefined) return refused(isNew ? (flaw ?? "key") : "bound");
    const thumbprint = thumbprintOf(jwk);
    if (!isNew && device.key.thumbprint !== thumbprint) return refused("bound");
    const key = device.key ?? { id, algorithm, jwk, thumbprint, boundAt: now, provenAt: now };
    const granted = this.#grant(header, key, now, challenge);
    return { header: granted.header, result: { key, user, isNew, result: granted.result } };
  }

  /**
   * Renews the bound cookie for whoever proves to have the key of the binding `id`.
   *
   * @param credentials - of the session cookies that came along: a session that has another id by now is found by them
   * @param endpoint - the URL it was sent to
   * @returns `"forged"` for a name that nobody here has given out
   * @throws {HoldfastError} a store's error
   */
  refresh(
    id: string,
    credentials: readonly Credential[],
    proof: Proof | ProofFlaw,
    endpoint: string,
    reporter: Reporter,
  ): Awaitable<Refresh | "forged"> {
    const named = handleInName(this.#core.keys, id, this.#core.clock.now());
    if (named === "forged") {
      reporter.report("session_device_refused", { step: "refresh", reason: "name" });
      return named;
    }
    const [own, lack]: [readonly string[], Lack] =
      typeof named === "string" ? [[], named] : [[named.handle], "over"];
    const handles = new Set([...own, ...credentials.map(({ handle }) => handle)]);
    return this.#refreshFirst(id, [...handles], credentials, lack, proof, endpoint, reporter);
  }

  /** @param lack - what those before have come to */
  #refreshFirst(
    id: string,
    [handle, ...others]: readonly string[],
    credentials: readonly Credential[],
    lack: Lack,
    proof: Proof | ProofFlaw,
    endpoint: string,
    reporter: Reporter,
  ): Awaitable<Refresh> {
    if (handle === undefined) return lack;
    const edited = editHeader(
      this.#core,
      handle,
      () => lastSeen(handle, credentials),
      reporter,
      (header, now) => this.#judge(id, header, proof, endpoint, now),
    );
    return chain(edited, (outcome) => {
      if (typeof outcome === "string") {
        const isMoving = outcome === "gone" && this.#wasJustSeen(handle, credentials);
        const both = worse(lack, isMoving ? "unclear" : LACKS[outcome]);
        return this.#refreshFirst(id, others, credentials, both, proof, endpoint, reporter);
      }
      const { flaw, result } = outcome;
      // A browser opens with no proof, or with one over a challenge that is spent or over.
      if (flaw !== null && flaw !== "missing" && flaw !== "challenge")
        reporter.report("session_device_refused", { step: "refresh", reason: flaw }, { handle });
      return result;
    });
  }

  // Beside this one a request may run that gives the session another id, which its browser is yet to hear of. It gets time
  // to hear, once: a cookie whose session is over may stay for long.
  #wasJustSeen(handle: string, credentials: readonly Credential[]): boolean {
    const now = this.#core.clock.now();
    const seen = credentials.filter((it) => it.handle === handle && now < it.seenAt + MOVING);
    for (const credential of seen) credential.seenAt = 0;
    return seen.length > 0;
  }

  #judge(
    id: string,
    header: RecordHeader,
    proof: Proof | ProofFlaw,
    endpoint: string,
    now: number,
  ): HeaderEdit<Judged | "over" | "replaced"> {
    const { device } = header;
    const key = device?.key;
    if (device === undefined || key === undefined || isOver(header, now))
      return { header: undefined, result: "over" };
    if (key.id !== id) return { header: undefined, result: "replaced" };
    const expected = { challenges: outstanding(device, now), endpoint };
    const flaw = typeof proof === "string" ? proof : refreshFlaw(proof, key, expected);
    if (flaw === null) {
      const granted = this.#grant(header, { ...key, provenAt: now }, now);
      return { header: granted.header, result: { result: granted.result, flaw } };
    }
    const known = presentable(device, now);
    if (known !== undefined) return { header: undefined, result: { result: { challenge: known }, flaw } };
    const next = this.#newChallenge(now);
    return {
      header: { ...header, device: withChallenge(device, next, now) },
      result: { result: { challenge: next.value }, flaw },
    };
  }

  // The challenge that was signed goes as the cookie is granted, and with it those before; that of a registration stays,
  // for the same registration only.
  #grant(
    header: RecordHeader,
    key: BoundKey,
    now: number,
    registration?: Challenge,
  ): { readonly header: RecordHeader; readonly result: Proven } {
    const next = this.#newChallenge(now);
    // Not cut at the session's end, which ends it anyway: browsers renew a cookie that has little time left.
    const { life } = this.#settings;
    const value = boundValue(this.#core.keys, key, now + life);
    const device = { ...header.device, key, challenges: [next], registration };
    return { header: { ...header, device }, result: { id: key.id, challenge: next.value, value, life } };
  }

  #newChallenge(now: number): ReturnType<typeof nextChallenge> {
    return nextChallenge(this.#core.credentials.newChallenge(), this.#settings.life, now);
  }
}

function lastSeen(handle: string, credentials: readonly Credential[]): number {
  return Math.max(0, ...credentials.filter((it) => it.handle === handle).map(({ seenAt }) => seenAt));
}

// Only what is certain of all of them may end the binding, and only what is certain of it may take its cookie away.
function worse(a: Lack, b: Lack): Lack {
  if (a === "unclear" || b === "unclear") return "unclear";
  return a === "replaced" ? a : b;
}

// Another process may know of activity that it has not recorded yet.
function isOver(header: RecordHeader, now: number): boolean {
  const found = standing(header, header.seenAt + touchInterval(header.idle), now);
  return found === "idle" || found === "absolute";
}
