/**
 * What the processes of a cluster tell each other.
 *
 * @module
 */
import type { SessionEvent } from "holdfast";
import type { NumberedEvent } from "../operator/event-bus.ts";
import type { Address } from "../run-servers.ts";

export type ToPrimary =
  /** Listens to events from now on, and wants those that were kept. */
  | { readonly type: "join" }
  | { readonly type: "event"; readonly event: SessionEvent }
  /** Takes requests. */
  | { readonly type: "ready"; readonly address: Address };

export type ToWorker =
  /** Events of all workers, in one order. */
  | { readonly type: "events"; readonly events: readonly NumberedEvent[] }
  /** Finish the requests under way, and end. */
  | { readonly type: "stop" };
