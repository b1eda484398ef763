import type { LegacyCredential } from "../migrate/legacy-source.ts";
import type { RequestSession } from "./request-session.ts";

/** What a request has brought under the legacy cookie's name: a session to be taken over, or nothing genuine. */
export function attachLegacy(attached: RequestSession, credentials: readonly LegacyCredential[]): void {
  if (credentials.length > 0) {
    attached.legacy = attached.deployment.migration?.arrivalOf(credentials);
  } else if (attached.credentials.length === 0) {
    attached.visit.report("legacy_session_refused", { reason: "forged" });
  }
}
