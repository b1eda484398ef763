import type { Live } from "../record/live.ts";
import type { SessionTimes } from "./types.ts";

export function timesOf({ credential, header, seenAt: recordedAt }: Live): SessionTimes {
  const { createdAt, idle, endsAt } = header;
  const seenAt = Math.max(recordedAt, credential.seenAt);
  return {
    createdAt: new Date(createdAt),
    lastSeenAt: new Date(seenAt),
    idleExpiresAt: new Date(Math.min(seenAt + idle, endsAt)),
    absoluteExpiresAt: new Date(endsAt),
  };
}
