import type { CookieSettings } from "../../cookie/settings.ts";
import type { DeviceBoundSettings } from "../../dbsc/settings.ts";
import { HoldfastError } from "../../errors.ts";
import type { Core } from "../../session/core.ts";
import { Refreshes } from "../../session/device-bound/refresh.ts";
import { Registrations } from "../../session/device-bound/registration.ts";
import { BoundCookie } from "./bound-cookie.ts";

/** What a deployment needs to bind its sessions to devices. */
export interface DeviceBound {
  readonly settings: DeviceBoundSettings;
  readonly registrations: Registrations;
  readonly refreshes: Refreshes;
  readonly cookie: BoundCookie;
}

/**
 * @returns `undefined` where no sessions are bound
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION` for a cookie that browsers cannot bind, `ERR_HOLDFAST_STORE_CANNOT`
 * where clients carry their sessions, and where the store's writes are not atomic
 */
export function deviceBoundOf(core: Core, cookie: CookieSettings): DeviceBound | undefined {
  const settings = core.policy.deviceBound;
  if (settings === undefined) return undefined;
  if (cookie.domain !== undefined || cookie.partitioned) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      "`deviceBound` is for one host, whose pages can renew the proof: remove `cookie.domain` and `cookie.partitioned`.",
    );
  }
  if (core.store.isCarried) {
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_CANNOT",
      "`deviceBound` needs sessions on the server: browsers register and refresh in requests that may carry no cookie.",
    );
  }
  if (core.store.lacks("atomic-writes")) {
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_CANNOT",
      "`deviceBound` needs a store that writes atomically: of two writes at once one could undo the binding, and a copied " +
        "cookie would work again. Use another store (docs/guide/stores.md), or, where this process alone uses the " +
        "database, one made with { exclusive: true }.",
    );
  }
  return {
    settings,
    registrations: new Registrations(core, settings),
    refreshes: new Refreshes(core, settings),
    cookie: new BoundCookie(cookie),
  };
}
