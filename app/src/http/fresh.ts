/**
 * Handlers for what a stolen cookie or a browser left open must not be enough for (ASVS 7.5.1, 7.5.2).
 *
 * @module
 */
import { isFresh, requireFreshSignIn } from "holdfast/guards";
import type { UserHandler } from "./current-user.ts";
import { isBrowser } from "./negotiate.ts";
import { withNotice } from "./notices.ts";

export const CONFIRM_PATH = "/confirm";

/** A password counts for this long. */
export const FRESH = "5m";

const guard = requireFreshSignIn(FRESH, { redirect: CONFIRM_PATH });

/**
 * Runs `handler` for a user who has given their password in the last five minutes. A browser is sent to do so and comes
 * back; every other client gets the guard's 403.
 *
 * @param comeBackTo - the page with the form, where it is a form that was sent: what it said has to be chosen again
 */
export function freshly(handler: UserHandler, comeBackTo?: string): UserHandler {
  return (req, res, user) => {
    if (comeBackTo !== undefined && isBrowser(req) && !isFresh(req.session, FRESH)) {
      const returnTo = encodeURIComponent(withNotice(comeBackTo, "confirmed"));
      return res.redirect(303, `${CONFIRM_PATH}?returnTo=${returnTo}`);
    }
    let running: ReturnType<UserHandler> | undefined;
    guard(req, res, () => {
      running = handler(req, res, user);
    });
    return running;
  };
}
