import type { Request } from "express";
import type { User } from "../accounts/users.ts";
import type { Services } from "../services.ts";
import { ago } from "../views/time.ts";
import type { Notice } from "./notices.ts";
import { describeClient } from "./user-agent.ts";

/**
 * Tells a session, once, that its user has signed in elsewhere since it began: whoever did not do that should hear of
 * it (OWASP session management cheat sheet).
 */
export async function newSignIns(
  { sessions, clock }: Pick<Services, "sessions" | "clock">,
  req: Request,
  user: User,
): Promise<Notice | undefined> {
  const { handle, times } = req.session;
  const told = req.session.toldOfSignInsUntil ?? times?.createdAt.getTime();
  if (told === undefined) return undefined;
  const listed = await sessions.list(user.id, { current: handle });
  const later = listed
    .filter(({ current, createdAt }) => !current && createdAt.getTime() > told)
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  const [latest] = later;
  if (latest === undefined) return undefined;
  req.session.toldOfSignInsUntil = latest.createdAt.getTime();
  const { browser, system } = describeClient(latest.client.userAgent);
  const what = later.length === 1 ? "New sign-in" : `${later.length} new sign-ins, the latest`;
  const when = ago(clock.now() - latest.createdAt.getTime());
  return {
    tone: "info",
    text: `${what}: ${browser} on ${system}, ${when}. If that was not you, end it and change your password.`,
    link: { href: "/account/sessions", text: "See your sessions" },
  };
}
