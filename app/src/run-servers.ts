/**
 * Puts a configured application on its two ports, and takes it off again.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants, mkdirSync } from "node:fs";
import type { Server as HttpServer } from "node:http";
import { createServer, type Server as HttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { HoldfastError, type Sessions } from "holdfast";
import { createApp } from "./app.ts";
import { type Config, ConfigError } from "./config.ts";
import { drainable } from "./drain.ts";
import { createRedirectServer, onlyHttps } from "./http/only-https.ts";
import { makeServices, type ServiceOptions, warnOfMissingOperators } from "./make-services.ts";
import { covers, serverCertificate } from "./tls/certificate.ts";

/** A client has this long to agree on encryption; Node's two minutes would let silence pile up. */
const HANDSHAKE_MS = 10_000;

/** Where the application is. */
export interface Address {
  /** Such as `https://localhost:3000`. */
  readonly url: string;
  readonly port: number;
  readonly httpPort: number;
  /** The local CA's certificate, where that is what signed. */
  readonly caFile: string | undefined;
}

export interface Running extends Address {
  /** Takes no more requests, finishes the ones it has, writes everything down. */
  close(): Promise<void>;
}

/**
 * Resolves once both ports accept connections.
 *
 * @throws {@link ConfigError} for whatever the environment could mend: a port in use, a weak secret, a file that is
 * no database
 */
export async function runServers(config: Config, options: ServiceOptions = {}): Promise<Running> {
  const now = options.clock?.now() ?? Date.now();
  makeDataDirectory(config);
  const { key, cert, caFile } = await serverCertificate(config, now);
  const { services, close: closeServices } = await makeServices(config, options);
  if (options.worker === undefined) warnOfMissingOperators(config, services);

  const https = createServer({ key, cert, handshakeTimeout: HANDSHAKE_MS });
  const closeHttps = drainable(https);
  let port = 0;
  let httpPort = 0;
  const secure = onlyHttps(cert, () => port);
  https.on("request", createApp(services, secure));
  const redirect = createRedirectServer(secure);
  const closeRedirect = drainable(redirect);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    // They would last as long as their readers.
    services.events.close();
    await Promise.all([closeHttps(), closeRedirect()]);
    await closeServices();
  };
  try {
    await storeIsThere(services.sessions);
    port = await listen(https, "PORT", config.port);
    httpPort = await listen(redirect, "HTTP_PORT", config.httpPort);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: `https://${hostOf(cert)}:${port}`,
    port,
    httpPort,
    caFile,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/**
 * Makes all that a first start makes, and tries all that it needs but the ports: certificate, key file, tables. So that
 * processes which start together later find it there.
 *
 * @throws {@link ConfigError} as {@link runServers} does
 */
export async function makeReady(config: Config): Promise<void> {
  makeDataDirectory(config);
  await serverCertificate(config, Date.now());
  const { services, close } = await makeServices(config, {});
  warnOfMissingOperators(config, services);
  services.events.close();
  await close();
}

/** What is wrong with the store is better said now than to the first user. */
async function storeIsThere(sessions: Sessions): Promise<void> {
  try {
    await sessions.ready();
  } catch (error) {
    if (!(error instanceof HoldfastError) || !error.code.startsWith("ERR_HOLDFAST_STORE_")) throw error;
    throw new ConfigError("STORE_URL", error.message, { cause: error });
  }
}

function makeDataDirectory({ dataDir, tls, store }: Config): void {
  if (tls !== undefined && store.kind === "memory") return;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError("DATA_DIR", `${dataDir} cannot be written to: ${reason}`, { cause: error });
  }
}

/** @returns the port it got */
async function listen(server: HttpServer | HttpsServer, variable: string, port: number): Promise<number> {
  server.listen(port);
  try {
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const reasons: Record<string, string> = {
      EADDRINUSE: `port ${port} is in use by another program. Choose another one.`,
      EACCES: `port ${port} needs more rights than this process has. Choose one above 1023.`,
    };
    throw new ConfigError(variable, reasons[code] ?? `cannot listen on port ${port} (${code}).`, {
      cause: error,
    });
  }
}

/** A host name that the certificate is valid for. */
function hostOf(cert: string): string {
  const certificate = new X509Certificate(cert);
  if (covers(certificate, "localhost")) return "localhost";
  return /DNS:([a-z0-9.-]+)/i.exec(certificate.subjectAltName ?? "")?.[1] ?? "localhost";
}
