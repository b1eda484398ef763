import { type IncomingMessage, ServerResponse } from "node:http";
import type { Credential } from "../session/record/credentials.ts";
import { SocketVisit } from "../session/visit/socket-visit.ts";
import type { Deployment } from "./deployment.ts";
import { RequestSession } from "./request-session.ts";
import type { Transport } from "./transport.ts";

/** The session of a request that becomes a socket: no reply of it will ever carry a cookie, and none is intercepted. */
export class UpgradeRequest extends RequestSession {
  readonly #visit: SocketVisit;

  constructor(
    deployment: Deployment,
    req: IncomingMessage,
    outer: RequestSession | undefined,
    transport: Transport,
    credentials: readonly Credential[],
    arrivedAt: number,
  ) {
    super(deployment, req, new ServerResponse(req), undefined, outer, transport, credentials, arrivedAt);
    this.#visit = new SocketVisit(deployment.core, this, credentials);
  }

  override get visit(): SocketVisit {
    return this.#visit;
  }

  override get engaged(): boolean {
    return false;
  }

  override headersSent(): boolean {
    return true;
  }

  override replyIsError(): boolean {
    return false;
  }
}
