/**
 * One-line messages shown after a redirect. The URL carries only a key, so nobody can put words on our pages.
 *
 * @module
 */
import type { Request } from "express";

const NOTICES = {
  expired: { tone: "info", text: "Your session expired, so you were logged out. Please log in again." },
  "logged-out": { tone: "success", text: "You are logged out." },
  "session-ended": { tone: "success", text: "The session was ended. That device is logged out." },
  "others-ended": { tone: "success", text: "All your other sessions were ended." },
  confirmed: { tone: "info", text: "Thank you. Now choose again what you wanted to do." },
  "all-ended": { tone: "success", text: "All sessions were ended, yours too. Please log in again." },
  "user-ended": { tone: "success", text: "All sessions of that user were ended." },
  "password-changed": {
    tone: "success",
    text: "Your password was changed and all your other sessions were ended.",
  },
} as const satisfies Record<string, Notice>;

export interface Notice {
  readonly tone: "info" | "success" | "error";
  readonly text: string;
  /** Where to see more. */
  readonly link?: { readonly href: string; readonly text: string };
}

export type NoticeKey = keyof typeof NOTICES;

/** The notice that `?notice=` names, if it is one of ours. */
export function requestedNotice(req: Request): Notice | undefined {
  const key = req.query.notice;
  return typeof key === "string" && Object.hasOwn(NOTICES, key) ? NOTICES[key as NoticeKey] : undefined;
}

/** A path of this application with a notice to show there. */
export function withNotice(path: string, key: NoticeKey): string {
  return `${path}?notice=${key}`;
}
