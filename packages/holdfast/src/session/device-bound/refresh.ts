/**
 * A device proves that it has the key of a binding, and gets the next bound cookie. No activity: no limit moves (ASVS
 * 7.3.2, NIST SP 800-63B-4 5.1).
 *
 * @module
 */
import { type Awaitable, chain } from "../../awaitable.ts";
import { type Proof, type ProofFlaw, refreshFlaw } from "../../dbsc/proof.ts";
import type { DeviceBoundSettings } from "../../dbsc/settings.ts";
import type { Core } from "../core.ts";
import type { Reporter } from "../events.ts";
import type { Credential } from "../record/credentials.ts";
import { editHeader, type HeaderEdit } from "../record/edit-header.ts";
import type { StampedHeader } from "../record/header.ts";
import { handleInName } from "./binding-name.ts";
import { outstanding, presentable, withChallenge } from "./challenges.ts";
import { grant, isOver, lastSeen, newChallenge, type Proven } from "./grant.ts";

/** Why a refresh gives nothing; `"name"`: of the binding, and made up. */
export type RefreshFlaw = ProofFlaw | "name";

/**
 * What becomes of a refresh: a bound cookie, a challenge to sign first, or the end of the binding in the browser; where it
 * is `"replaced"` another one of the same browser goes on. `"unclear"`: it may be there still, to be asked for later.
 */
export type Refresh = Proven | { readonly challenge: string } | Lack;

type Lack = "over" | "replaced" | "unclear";

/** How long after its last use a session that is gone may be one whose new id is on its way. Milliseconds. */
const MOVING = 30_000;

type Judged = { readonly result: Refresh; readonly flaw: ProofFlaw | null };

const LACKS = { gone: "over", over: "over", replaced: "replaced", unreadable: "unclear" } as const;

export class Refreshes {
  readonly #core: Core;
  readonly #settings: DeviceBoundSettings;

  constructor(core: Core, settings: DeviceBoundSettings) {
    this.#core = core;
    this.#settings = settings;
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
      (opened, now) => this.#judge(id, opened, proof, endpoint, now),
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
    opened: StampedHeader,
    proof: Proof | ProofFlaw,
    endpoint: string,
    now: number,
  ): HeaderEdit<Judged | "over" | "replaced"> {
    const { header } = opened;
    const { device } = header;
    const key = device?.key;
    if (device === undefined || key === undefined || isOver(opened, now))
      return { header: undefined, result: "over" };
    if (key.id !== id) return { header: undefined, result: "replaced" };
    const expected = { challenges: outstanding(device, now), endpoint };
    const flaw = typeof proof === "string" ? proof : refreshFlaw(proof, key, expected);
    if (flaw === null) {
      const granted = grant(this.#core, this.#settings, header, { ...key, provenAt: now }, now);
      return { header: granted.header, result: { result: granted.result, flaw } };
    }
    const known = presentable(device, now);
    if (known !== undefined) return { header: undefined, result: { result: { challenge: known }, flaw } };
    const next = newChallenge(this.#core, this.#settings, now);
    return {
      header: { ...header, device: withChallenge(device, next, now) },
      result: { result: { challenge: next.value }, flaw },
    };
  }
}

// Only what is certain of all of them may end the binding, and only what is certain of it may take its cookie away.
function worse(a: Lack, b: Lack): Lack {
  if (a === "unclear" || b === "unclear") return "unclear";
  return a === "replaced" ? a : b;
}
