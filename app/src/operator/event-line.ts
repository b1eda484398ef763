/**
 * What an operator sees of an event: fields chosen one by one, so that nothing else of an event ever gets out. Never a
 * whole user agent, a path or an error's text.
 *
 * @module
 */
import type { SessionEvent } from "holdfast";
import type { Users } from "../accounts/users.ts";
import { address } from "../http/address.ts";
import { keyName } from "../http/device-key.ts";
import { describeClient } from "../http/user-agent.ts";
import { isAlarming } from "../log-session-events.ts";
import { missingProof, refusedProof } from "./device-words.ts";
import type { NumberedEvent } from "./event-feed.ts";

/** One event; also the shape of the JSON. */
export interface EventLine {
  readonly id: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly type: SessionEvent["type"];
  /** True if somebody is trying something, or something is broken. */
  readonly alarming: boolean;
  /** The username; empty where nobody is known. */
  readonly who: string;
  /** Browser, system and address, as far as they are known. */
  readonly where: string;
  readonly details: string;
}

export function eventLine(users: Users, { id, event }: NumberedEvent): EventLine {
  const { at, type } = event;
  const who = event.user === undefined ? "" : nameOf(users, event.user);
  return { id, at, type, alarming: isAlarming(type), who, where: whereOf(event), details: detailsOf(event) };
}

/** The name that a session's user goes by. An account may be gone, or the users table busy. */
export function nameOf(users: Users, id: string): string {
  try {
    return users.find(id)?.name ?? "Unknown user";
  } catch {
    return "Unknown user";
  }
}

function whereOf({ userAgent, ip }: SessionEvent): string {
  const { browser, system } = describeClient(userAgent);
  return [userAgent !== undefined && `${browser} on ${system}`, ip && address(ip)].filter(Boolean).join(", ");
}

function detailsOf(event: SessionEvent): string {
  switch (event.type) {
    case "session_expired":
      return `${event.reason} limit`;
    case "session_revoked":
      return event.count === 1 ? "1 session" : `${event.count} sessions`;
    case "excess_sessions_exceeded":
      return `more than ${event.most}, ${event.action}`;
    case "session_duplicate":
      return `${event.live} of them live`;
    case "session_replayed":
      return event.action;
    case "malicious_csrf":
      return event.reason;
    case "session_device_bound":
      return `key ${keyName(event.thumbprint)}`;
    case "session_device_refused":
      return refusedProof(event);
    case "session_device_missing":
      return missingProof(event);
    case "session_sockets_closed":
      return `${event.sockets}, ${event.reason}`;
    case "store_recovered":
      return `after ${Math.ceil(event.after / 1000)} s`;
    case "store_overloaded":
      return event.reason;
    case "store_error":
    case "store_unavailable":
      return `operation ${event.operation}`;
    default:
      return "";
  }
}
