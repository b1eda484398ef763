import type { DeviceBinding, Sessions } from "holdfast";
import { type Client, describeClient } from "../http/user-agent.ts";
import type { Services } from "../services.ts";
import { nameOf } from "./event-line.ts";

/** One of everybody's sessions as an operator sees it; also the shape of the JSON. */
export interface SessionLine extends Client {
  readonly handle: string;
  /** True for the operator's own. */
  readonly current: boolean;
  /** `null`: a visitor who is not logged in. */
  readonly user: { readonly id: string; readonly name: string } | null;
  readonly remembered: boolean;
  readonly ip: string | undefined;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly idleExpiresAt: Date;
  readonly absoluteExpiresAt: Date;
  /** `null`: any browser with the cookie has it. */
  readonly deviceBound: DeviceBinding | null;
}

export interface SessionLines {
  readonly sessions: readonly SessionLine[];
  /** Where the next page begins; `null`: this is the last. */
  readonly next: string | null;
}

/** @param page - as `sessions.listAll` takes it */
export async function sessionLines(
  { sessions, users }: Pick<Services, "sessions" | "users">,
  page: NonNullable<Parameters<Sessions["listAll"]>[0]>,
): Promise<SessionLines> {
  const { sessions: listed, next } = await sessions.listAll(page);
  const lines = listed.map((session): SessionLine => {
    const { handle, current, user, remembered, client, deviceBound = null } = session;
    const { createdAt, lastSeenAt, idleExpiresAt, absoluteExpiresAt } = session;
    return {
      ...{ handle, current, remembered, createdAt, lastSeenAt, idleExpiresAt, absoluteExpiresAt },
      ...describeClient(client.userAgent),
      user: user === undefined ? null : { id: user, name: nameOf(users, user) },
      ip: client.ip,
      deviceBound,
    };
  });
  return { sessions: lines, next: next ?? null };
}
