import { safeReturnTo as safePath } from "holdfast/guards";

const HOME = "/dashboard";
/** Nobody wants to come back to these. */
const NOT_BACK_TO: ReadonlySet<string> = new Set(["/login", "/signup", "/logout", "/confirm"]);

/** Where a browser goes after logging in, or saying again who it is: a path of this application, else the dashboard. */
export function safeReturnTo(value: unknown): string {
  const path = safePath(value, HOME);
  const [page = ""] = path.split("?", 1);
  return NOT_BACK_TO.has(page) ? HOME : path;
}
