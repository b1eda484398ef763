/**
 * A certificate authority of this installation's own, so that the first start is HTTPS already.
 *
 * `DATA_DIR/tls` holds the CA (`ca.pem`, `ca-key.pem`) and what it signed (`server.pem`, `server-key.pem`). Keys
 * are readable by their owner only. Whatever is missing, damaged, mismatched or about to expire is made anew; the
 * CA is kept as long as possible, because people were told to trust it.
 *
 * @module
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "selfsigned";
import type { ServerCertificate } from "./certificate.ts";

const DAY = 86_400_000;
const CA_DAYS = 5 * 365;
/** Browsers refuse longer-lived server certificates. */
const SERVER_DAYS = 397;
const RENEW_WITHIN_DAYS = 30;

type SigningOptions = NonNullable<Parameters<typeof generate>[1]>;

interface Pair {
  readonly key: string;
  readonly cert: string;
}

/** Reads, renews or makes the local certificate for `localhost`, `127.0.0.1` and `::1`. */
export async function localCertificate(dataDir: string, now: number): Promise<ServerCertificate> {
  const directory = join(dataDir, "tls");
  const caFile = join(directory, "ca.pem");
  const ca = readPair(directory, "ca", now) ?? publish(directory, await makeCa(now), now);
  let server = readPair(directory, "server", now);
  if (!server || !new X509Certificate(server.cert).verify(new X509Certificate(ca.cert).publicKey)) {
    server = await makeServer(ca, now);
    writePair(directory, "server", server);
  }
  return { key: server.key, cert: server.cert + ca.cert, caFile };
}

/**
 * Puts a new CA in its place, and gives the one that is there now: of several processes that start for the first time at
 * once, one is the first, and the others take its CA. A folder that is there and has no good one gets this one.
 */
function publish(directory: string, made: Pair, now: number): Pair {
  const fresh = mkdtempSync(`${directory}.new-`);
  writePair(fresh, "ca", made);
  try {
    renameSync(fresh, directory);
    return made;
  } catch {
    rmSync(fresh, { recursive: true, force: true });
  }
  const theirs = readPair(directory, "ca", now);
  if (theirs) return theirs;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writePair(directory, "ca", made);
  return made;
}

function makeCa(now: number): Promise<Pair> {
  return sign(`Holdfast local CA ${new Date(now).toISOString().slice(0, 10)}`, now, CA_DAYS, {
    extensions: [
      { name: "basicConstraints", cA: true, pathLenConstraint: 0, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
}

function makeServer(ca: Pair, now: number): Promise<Pair> {
  return sign("localhost", now, SERVER_DAYS, {
    ca,
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
          { type: 7, ip: "::1" },
        ],
      },
    ],
  });
}

async function sign(commonName: string, now: number, days: number, options: SigningOptions): Promise<Pair> {
  const { private: key, cert } = await generate([{ name: "commonName", value: commonName }], {
    ...options,
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(now - DAY), // a client whose clock is a little behind
    notAfterDate: new Date(now + (days - 1) * DAY),
  });
  return { key, cert: `${cert.trim()}\n` };
}

/** `undefined` if the pair is missing, unreadable, mismatched or has less than a month to live. */
function readPair(directory: string, name: string, now: number): Pair | undefined {
  try {
    const cert = readFileSync(join(directory, `${name}.pem`), "utf8");
    const key = readFileSync(join(directory, `${name}-key.pem`), "utf8");
    const parsed = new X509Certificate(cert);
    const lives =
      Date.parse(parsed.validTo) > now + RENEW_WITHIN_DAYS * DAY && Date.parse(parsed.validFrom) <= now;
    return lives && parsed.checkPrivateKey(createPrivateKey(key)) ? { key, cert } : undefined;
  } catch {
    return undefined;
  }
}

/** Renamed into place, so that nobody reads half a file. */
function writePair(directory: string, name: string, { key, cert }: Pair): void {
  for (const [file, text, mode] of [
    [`${name}-key.pem`, key, 0o600],
    [`${name}.pem`, cert, 0o644],
  ] as const) {
    const path = join(directory, file);
    const temporary = `${path}.${process.pid}.new`;
    writeFileSync(temporary, text, { mode });
    renameSync(temporary, path);
  }
}
