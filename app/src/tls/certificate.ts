/**
 * The server's key and certificate: the files the operator names, or ones signed by a local CA.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import { type Config, ConfigError } from "../config.ts";
import { localCertificate } from "./local-ca.ts";

export interface ServerCertificate {
  /** PEM. */
  readonly key: string;
  /** PEM; may hold a chain. */
  readonly cert: string;
  /** Path of the local CA's certificate, where one signed; a browser must be told to trust it. */
  readonly caFile?: string;
}

/** @throws {@link ConfigError} when a file cannot be read, is not PEM, or key and certificate do not match. */
export async function serverCertificate(
  config: Pick<Config, "tls" | "dataDir">,
  now: number,
): Promise<ServerCertificate> {
  if (!config.tls) return localCertificate(config.dataDir, now);
  const cert = read("TLS_CERT", config.tls.certFile);
  const key = read("TLS_KEY", config.tls.keyFile);
  check("TLS_CERT", "does not hold a PEM certificate", () => new X509Certificate(cert));
  check("TLS_KEY", "does not hold the unencrypted PEM key of TLS_CERT", () =>
    createSecureContext({ cert, key }),
  );
  return { cert, key };
}

function read(variable: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw new ConfigError(variable, `cannot read ${file}${code}.`, { cause: error });
  }
}

function check(variable: string, problem: string, attempt: () => unknown): void {
  try {
    attempt();
  } catch (error) {
    throw new ConfigError(variable, `the file ${problem}.`, { cause: error });
  }
}

/** True if the certificate is valid for this host name or IP address (no port, no brackets). */
export function covers(certificate: X509Certificate, host: string): boolean {
  return isIP(host) ? certificate.checkIP(host) !== undefined : certificate.checkHost(host) !== undefined;
}
