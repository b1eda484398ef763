import type { RequestSession } from "./request-session.ts";

/** What has been reported of a request: its session may be checked more than once, and would tell the same twice. */
const reported = new WeakMap<RequestSession, Set<string>>();

/** The event `malicious_csrf`, once for each reason and for a refusal and a mere report. */
export function reportForgedRequest(attached: RequestSession, reason: string, reportOnly: boolean): void {
  const known = reported.get(attached) ?? new Set();
  const what = `${reason} ${reportOnly}`;
  if (known.has(what)) return;
  reported.set(attached, known.add(what));
  attached.visit.report("malicious_csrf", { reason, ...(reportOnly && { reportOnly }) });
}
