/**
 * Where a request comes from. Everybody can write any address into a header, so none is read but by what the app has
 * declared to trust (ASVS 15.3.4).
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { HoldfastError } from "../errors.ts";

/** Who says what a client's address is; see {@link SessionOptions.clientAddress}. */
export type ClientAddress = "connection" | "express" | ((req: IncomingMessage) => string | undefined);

export type AddressOf = (req: IncomingMessage) => string | undefined;

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION` */
export function addressOf(
  setting: ClientAddress | undefined,
  warn: (topic: string, message: string) => void,
): AddressOf {
  if (setting === undefined) return (req) => addressInExpress(req) ?? req.socket.remoteAddress;
  if (setting === "express") return addressInExpress;
  if (setting === "connection") return (req) => req.socket.remoteAddress;
  if (typeof setting === "function") return (req) => told(setting, req, warn);
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    '`clientAddress` must be "connection", "express" or a function of the request that returns an address.',
  );
}

// Express works this out from its `trust proxy` setting.
function addressInExpress(req: IncomingMessage): string | undefined {
  return "ip" in req && typeof req.ip === "string" ? req.ip : undefined;
}

function told(
  tell: (req: IncomingMessage) => string | undefined,
  req: IncomingMessage,
  warn: (topic: string, message: string) => void,
): string | undefined {
  try {
    const address = tell(req);
    return typeof address === "string" && isIP(address) !== 0 ? address : undefined;
  } catch (error) {
    warn("clientAddress", `\`clientAddress\` threw: ${String(error)}. The address counts as unknown.`);
    return undefined;
  }
}
