/** A browser's half of device-bound sessions, with its key in software. */
import { generateKeyPairSync, sign } from "node:crypto";
import type { Client, Reply } from "./client.ts";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const jwk = publicKey.export({ format: "jwk" });

/** Nothing says where it comes from, as in Chromium 150. */
const UNSAID = { origin: undefined, "sec-fetch-site": undefined };

/** Registers a key for the sign-in that this reply was to. */
export function bindDevice(client: Client, signIn: Reply): Promise<Reply> {
  const offer = String(signIn.headers["secure-session-registration"]);
  const said = (name: string): string => new RegExp(`;${name}="([^"]+)"`).exec(offer)?.[1] ?? "";
  const proof = proofOf({ jwk }, { jti: said("challenge"), authorization: said("authorization") });
  return client.post(said("path"), { headers: { ...UNSAID, "secure-session-response": proof } });
}

/** Asks for another bound cookie, with a proof over the challenge of the reply before. */
export function renewProof(client: Client, id: string, before: Reply): Promise<Reply> {
  const challenge = /^"([\w-]+)"/.exec(String(before.headers["secure-session-challenge"]))?.[1];
  const headers = { "sec-secure-session-id": id, "secure-session-response": proofOf({}, { jti: challenge }) };
  return client.post("/device-bound/refresh", { headers: { ...UNSAID, ...headers } });
}

function proofOf(header: object, payload: object): string {
  const parts = [{ alg: "ES256", typ: "dbsc+jwt", ...header }, payload];
  const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const signature = sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}
