/**
 * HTTPS alone. On the HTTPS port it keeps browsers there; on the plain one it sends them on and does nothing else.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";
import { createServer, type Server } from "node:http";
import { type Defence, requireHttps } from "holdfast/defence";
import { covers } from "../tls/certificate.ts";

const DEFAULT_PORT = 443;

/**
 * @param cert - PEM of the server's certificate: the hosts it covers are the ones people are sent on to
 * @param httpsPort - asked at each request, because it is known only once the HTTPS server listens
 */
export function onlyHttps(cert: string, httpsPort: () => number): Defence {
  const certificate = new X509Certificate(cert);
  return requireHttps({
    host: (name) => {
      if (!covers(certificate, name.replace(/^\[|\]$/g, ""))) return undefined;
      const port = httpsPort();
      return port === DEFAULT_PORT ? name : `${name}:${port}`;
    },
  });
}

/** The server of the plain-HTTP port. */
export function createRedirectServer(secure: Defence): Server {
  return createServer((req, res) => {
    // What is not sent on is refused; should anything ever pass, there is nothing here.
    secure(req, res, () => res.writeHead(404).end());
  });
}
