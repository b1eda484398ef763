import { deploymentOf } from "../express/session.ts";
import type { Sessions } from "../express/sessions.ts";

/**
 * What the messages of the tracing channels have as their `source` where they are of these sessions: a process may have
 * several `session()`s, and a channel tells of all of them.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION` for what `session()` did not return
 */
export function sourceOf(sessions: Sessions): symbol {
  return deploymentOf(sessions).core.source;
}
