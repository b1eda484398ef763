import { type Live, lastSeenAt } from "../record/live.ts";
import type { SessionTimes } from "./types.ts";

export function timesOf(live: Live): SessionTimes {
  const { createdAt, idle, endsAt } = live.header;
  const seenAt = lastSeenAt(live);
  return {
    createdAt: new Date(createdAt),
    lastSeenAt: new Date(seenAt),
    idleExpiresAt: new Date(Math.min(seenAt + idle, endsAt)),
    absoluteExpiresAt: new Date(endsAt),
  };
}
