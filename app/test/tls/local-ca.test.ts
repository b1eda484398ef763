import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { serverCertificate } from "../../src/tls/certificate.ts";
import { temporaryDirectory } from "../support/application.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 15);

describe("the local CA", () => {
  const dataDir = temporaryDirectory();
  const at = (now: number) => serverCertificate({ tls: undefined, dataDir }, now);
  const file = (name: string): string => join(dataDir, "tls", name);
  const caNow = (): string => readFileSync(file("ca.pem"), "utf8");
  after(() => rmSync(dataDir, { recursive: true }));

  it("signs a certificate for localhost and the loopback addresses", async () => {
    const { key, cert, caFile } = await at(NOW);
    assert.equal(caFile, file("ca.pem"));
    const certificate = new X509Certificate(cert);
    const ca = new X509Certificate(caNow());
    assert.ok(certificate.verify(ca.publicKey));
    assert.ok(certificate.checkPrivateKey(createPrivateKey(key)));
    assert.ok(ca.ca && !certificate.ca);
    assert.equal(certificate.checkHost("localhost"), "localhost");
    assert.equal(certificate.checkIP("127.0.0.1"), "127.0.0.1");
    assert.ok(certificate.checkIP("::1"));
    assert.equal(certificate.checkHost("example.com"), undefined);
    const days = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / DAY;
    assert.ok(days <= 397, `${days} days`);
  });

  it("is one, whoever starts at the same time", async () => {
    rmSync(join(dataDir, "tls"), { recursive: true });
    const made = await Promise.all([at(NOW), at(NOW), at(NOW)]);
    const ca = new X509Certificate(caNow());
    for (const { cert, key } of made) {
      const certificate = new X509Certificate(cert);
      assert.ok(certificate.verify(ca.publicKey));
      assert.ok(certificate.checkPrivateKey(createPrivateKey(key)));
    }
    assert.ok(ca.checkPrivateKey(createPrivateKey(readFileSync(file("ca-key.pem"), "utf8"))));
    assert.deepEqual(readdirSync(dataDir), ["tls"]);
  });

  it("keeps its keys to their owner", async () => {
    await at(NOW);
    for (const name of ["ca-key.pem", "server-key.pem"])
      assert.equal(statSync(file(name)).mode & 0o777, 0o600);
    assert.equal(statSync(join(dataDir, "tls")).mode & 0o777, 0o700);
  });

  it("is kept from start to start", async () => {
    const first = await at(NOW);
    const second = await at(NOW + 100 * DAY);
    assert.equal(second.cert, first.cert);
    assert.equal(second.key, first.key);
  });

  it("renews the server's certificate a month before it ends, and stays the same CA", async () => {
    const before = await at(NOW);
    const ca = caNow();
    const after = await at(NOW + 370 * DAY);
    assert.notEqual(after.cert, before.cert);
    assert.equal(caNow(), ca);
    assert.ok(new X509Certificate(after.cert).verify(new X509Certificate(ca).publicKey));
  });

  it("is made anew when it is about to end, and signs a new certificate with it", async () => {
    await at(NOW);
    const ca = caNow();
    const { cert } = await at(NOW + 5 * 365 * DAY);
    assert.notEqual(caNow(), ca);
    assert.ok(new X509Certificate(cert).verify(new X509Certificate(caNow()).publicKey));
  });

  it("mends what is damaged, missing or does not belong together", async () => {
    const now = NOW + 6 * 365 * DAY;
    const { key } = await at(now);
    for (const [name, text] of [
      ["server.pem", "damaged"],
      ["server-key.pem", ""],
      ["ca.pem", "damaged"],
      ["ca-key.pem", key],
    ] as const) {
      writeFileSync(file(name), text);
      const mended = await at(now);
      const certificate = new X509Certificate(mended.cert);
      assert.ok(certificate.checkPrivateKey(createPrivateKey(mended.key)), name);
      assert.ok(certificate.verify(new X509Certificate(caNow()).publicKey), name);
    }
  });
});

describe("TLS_CERT and TLS_KEY", () => {
  const dataDir = temporaryDirectory();
  after(() => rmSync(dataDir, { recursive: true }));
  const file = (name: string): string => join(dataDir, "tls", name);
  const use = (certFile: string, keyFile: string) =>
    serverCertificate({ tls: { certFile, keyFile }, dataDir }, NOW);

  it("are used as they are, and need no CA to be trusted", async () => {
    await serverCertificate({ tls: undefined, dataDir }, NOW);
    const { cert, caFile } = await use(file("server.pem"), file("server-key.pem"));
    assert.equal(cert, readFileSync(file("server.pem"), "utf8"));
    assert.equal(caFile, undefined);
  });

  it("are refused by name when they are missing, no PEM, or do not match", async () => {
    await assert.rejects(
      use("/nowhere.pem", file("server-key.pem")),
      /^ConfigError: TLS_CERT: cannot read \/nowhere.pem \(ENOENT\)/,
    );
    await assert.rejects(
      use(file("server-key.pem"), file("server-key.pem")),
      /^ConfigError: TLS_CERT: the file does not hold a PEM/,
    );
    await assert.rejects(
      use(file("server.pem"), file("ca-key.pem")),
      /^ConfigError: TLS_KEY: the file does not hold/,
    );
  });
});
