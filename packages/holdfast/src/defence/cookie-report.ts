/**
 * What a cookie policy tells of the cookies it changes: never a value.
 *
 * @module
 */

/** A cookie that was changed or refused. */
export interface CookieReport {
  /** As the app wrote it; control characters are escaped, and 256 characters are the most. */
  readonly name: string;
  /** In words, such as `"HttpOnly added"` and `"SameSite=None made SameSite=Lax"`. */
  readonly changes: readonly string[];
  /** Why the cookie is not sent; `undefined` if it is. */
  readonly refused: string | undefined;
  /** The line that set the cookie, such as `"src/app.ts:12"`, if that is known. Never in production. */
  readonly setBy: string | undefined;
  /** True: the reply went out without the change. */
  readonly reportOnly: boolean;
}

/** Different warnings beyond these are not told: names may come from clients. */
const MOST_WARNINGS = 200;

const RAISED = /^SameSite=None made /i;

/** Warns of each cookie once; in production only of those that are refused, or that were `SameSite=None`. */
export function cookieLog(production: boolean): (report: CookieReport) => void {
  const told = new Set<string>();
  return (report) => {
    const changes = production ? report.changes.flatMap(askedFor) : report.changes;
    if (changes.length === 0 && report.refused === undefined) return;
    const message = describe({ ...report, changes });
    if (told.has(message) || told.size >= MOST_WARNINGS) return;
    told.add(message);
    process.emitWarning(message, { type: "HoldfastWarning", code: "HOLDFAST_COOKIE_POLICY" });
  };
}

/** Somebody asked for `SameSite=None`, in whatever case, and pages of other sites lose a cookie by its change. */
function askedFor(change: string): readonly string[] {
  return RAISED.test(change) ? [change.replace(RAISED, "SameSite=None made ")] : [];
}

function describe({ name, changes, refused, setBy, reportOnly }: CookieReport): string {
  const what =
    refused === undefined
      ? `${reportOnly ? "would be" : "was"} changed: ${changes.join("; ")}`
      : `${reportOnly ? "would be refused" : "was refused"}: ${refused}`;
  const where = setBy === undefined ? "" : ` It was set by ${setBy}.`;
  return `cookiePolicy(): the cookie "${name}" ${what}.${where}`;
}
