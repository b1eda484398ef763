import type { SkipReason } from "../../dbsc/structured-fields.ts";
import type { ClientRisk, RiskVerdict } from "../client/risk.ts";
import type { EventBase } from "../events.ts";
import type { LegacyArrival } from "../legacy.ts";
import type { SessionCookieView } from "../object/types.ts";
import type { Client } from "../record/header.ts";

/** What a visit must know of its request. */
export interface VisitFacts {
  /** False on plain HTTP, where nothing may be stored. */
  readonly storable: boolean;
  /** When the request came, and with it the id. Milliseconds since 1970. */
  readonly arrivedAt: number;
  /** False for requests that do not count as activity. */
  readonly active: boolean;
  /** Attributes of the cookie that do not change with the session. */
  readonly cookie: Pick<SessionCookieView, "secure" | "sameSite" | "path" | "domain">;
  /** What the request brings of the software that was here before. */
  readonly legacy: LegacyArrival | undefined;
  /** True once headers are out and the cookie can no longer be set. */
  headersSent(): boolean;
  /** True if the reply that is about to go out says itself that the server failed (5xx). */
  replyIsError(): boolean;
  /** Where a session that begins now comes from, as its user will see it in a list. */
  client(): Client;
  /** True if somebody asks about changes of clients, and the request's is not this one to the letter. */
  clientDiffers(known: Client): boolean;
  /** What to do about a session that comes from another client. Never throws. */
  judge(risk: ClientRisk): RiskVerdict;
  /** The bound cookies that came with the request, valid or not. */
  deviceCookies(): readonly string[];
  /** Why the browser, as it says itself, has sent the request without refreshing the binding of this name. */
  deviceSkipped(id: string): SkipReason | undefined;
  /** Who and where, for events. */
  describe(): Pick<EventBase, "ip" | "userAgent" | "method" | "path">;
  /** The request tried to change a session over plain HTTP; throws where that must not pass silently. */
  refuseInsecure(): void;
}

/** What the reply must do to the client's cookie. `life` in milliseconds; absent: until the browser closes. */
export type CookieChange = { readonly value: string; readonly life?: number } | "clear";
