/**
 * HTTPS on PORT (3000), with a certificate that is made at the first start and signed by nobody. A browser warns of it
 * once.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import https from "node:https";
import { generate } from "selfsigned";
import { DATA } from "./data.js";

const KEY = `${DATA}/key.pem`;
const CERTIFICATE = `${DATA}/certificate.pem`;

export async function httpsServer(app) {
  if (!existsSync(CERTIFICATE)) await makeCertificate();
  return https.createServer({ key: readFileSync(KEY), cert: readFileSync(CERTIFICATE) }, app);
}

export function listen(server) {
  server.listen(process.env.PORT ?? 3000, () => {
    console.log(`Open https://localhost:${server.address().port}`);
  });
}

async function makeCertificate() {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
  });
  writeFileSync(KEY, key, { mode: 0o600 });
  writeFileSync(CERTIFICATE, cert);
}
