import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "selfsigned";

const HOST = "express-session.local";

/** Makes the certificate that the suite's HTTPS test reads, as its own script does with OpenSSL. */
export async function makeCertificate(folder) {
  const certificate = join(folder, "server.crt");
  if (existsSync(certificate)) return;
  const { private: key, cert } = await generate([{ name: "commonName", value: HOST }], {
    keySize: 2048,
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [{ type: 2, value: HOST }] },
    ],
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "server.key"), key);
  writeFileSync(certificate, cert);
}
