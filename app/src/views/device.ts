/**
 * What people see of the device that a session is bound to.
 *
 * @module
 */
import type { DeviceBinding } from "holdfast";
import { keyName } from "../http/device-key.ts";
import { type Html, html } from "./html.ts";
import { icons } from "./icons.ts";
import { moment } from "./time.ts";

/** `null`: any browser with the cookie has the session. */
export function deviceBadge(bound: DeviceBinding | null): Html | undefined {
  return bound === null ? undefined : html` <span class="badge plain">${icons.shield}Device-bound</span>`;
}

/** Which key it is, and when the device last proved to have it. */
export function deviceProof(bound: DeviceBinding | null): Html | undefined {
  if (bound === null) return undefined;
  const { thumbprint, provenAt } = bound;
  return html`<p class="when limits"><span>Device proven ${moment(provenAt)}</span><span>Device key <code title="${thumbprint}">${keyName(thumbprint)}</code></span></p>`;
}

export const deviceHint = html`<p class="hint">A device-bound session works only in the browser that holds its key. A copy of its cookie stops working within minutes.</p>`;
