import type { Live } from "./live.ts";

/** The times of a stored session, as dates. */
export interface SessionTimes {
  readonly createdAt: Date;
  /** The last activity recorded or known to this process. */
  readonly lastSeenAt: Date;
  readonly idleExpiresAt: Date;
  readonly absoluteExpiresAt: Date;
  readonly expiresAt: Date;
  readonly authenticatedAt: Date | undefined;
}

export function timesOf({ credential, header }: Live): SessionTimes {
  const { createdAt, idle, endsAt, authenticatedAt } = header;
  const seenAt = Math.max(header.seenAt, credential.seenAt);
  return {
    createdAt: new Date(createdAt),
    lastSeenAt: new Date(seenAt),
    idleExpiresAt: new Date(Math.min(seenAt + idle, endsAt)),
    absoluteExpiresAt: new Date(endsAt),
    expiresAt: new Date(Math.min(seenAt + idle, endsAt)),
    authenticatedAt: authenticatedAt === 0 ? undefined : new Date(authenticatedAt),
  };
}
