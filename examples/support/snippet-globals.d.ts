/**
 * What the illustrations in the documentation take for granted: the app around them.
 */

import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Express, Request, Response } from "express";
import type { Sessions } from "holdfast";

declare module "holdfast" {
  interface SessionData {
    userId: string;
    visits: number;
    cart: string[];
    [key: `k${number}`]: boolean;
  }
  interface PendingSteps {
    otp: { user: string };
  }
}

declare global {
  const app: Express;
  const req: Request<{ handle: string }>;
  const res: Response;
  const sessions: Sessions;
  const server: Server;
  /** A server of `ws`. */
  const wss: {
    handleUpgrade(
      req: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      opened: (ws: { close(code: number, reason: string): void }) => void,
    ): void;
  };
  const userId: string;
  const log: { warn(message: string, about: object): void };
  const audit: { write(event: object): void };
  function checkPassword(body: unknown): Promise<{ id: string } | undefined>;
}
