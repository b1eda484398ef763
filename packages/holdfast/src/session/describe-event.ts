import { cleanText } from "../clean-text.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { EventBase, SessionEvent, SessionEventName, SessionEvents } from "./events.ts";

/** What a reporter knows of who and where. */
export interface EventSource extends Pick<EventBase, "ip" | "userAgent" | "method" | "path"> {
  readonly handle?: string;
  readonly user?: string | null;
}

/** Makes an event; a handle goes in as its keyed hash only. */
export function describeEvent<Name extends SessionEventName>(
  type: Name,
  fields: SessionEvents[Name],
  now: number,
  keys: KeyRing,
  { handle, user, ...request }: EventSource,
): SessionEvent {
  // The compiler cannot see that `type` and `fields` belong together once `Name` is a union; the signature says so.
  return {
    type,
    at: new Date(now).toISOString(),
    ...request,
    ...(handle !== undefined && keys.loaded && { session: keys.newest.correlate(handle) }),
    ...(user !== undefined && user !== null && { user: cleanText(user) }),
    ...fields,
  } as SessionEvent;
}
