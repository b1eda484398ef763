/**
 * A worker's half of the connection to the primary.
 *
 * @module
 */
import type { SessionEvent } from "holdfast";
import type { EventBus, NumberedEvent } from "../operator/event-bus.ts";
import type { Address } from "../run-servers.ts";
import type { ToPrimary, ToWorker } from "./messages.ts";

export class PrimaryLink implements EventBus {
  /** @param onStop - runs when the primary asks for the end, once or more often */
  constructor(onStop: () => void) {
    process.on("message", (message: ToWorker) => {
      if (message.type === "stop") onStop();
    });
  }

  ready({ url, port, httpPort, caFile }: Address): void {
    this.#send({ type: "ready", address: { url, port, httpPort, caFile } });
  }

  publish(event: SessionEvent): void {
    this.#send({ type: "event", event });
  }

  subscribe(listener: (event: NumberedEvent) => void): () => void {
    const pass = (message: ToWorker): void => {
      if (message.type === "events") message.events.forEach(listener);
    };
    process.on("message", pass);
    this.#send({ type: "join" });
    return () => process.off("message", pass);
  }

  /** Without a primary this process is about to end: what it has to say is of no use any more. */
  #send(message: ToPrimary): void {
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  }
}
