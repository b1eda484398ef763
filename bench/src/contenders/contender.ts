import type { Respond } from "../exchange.ts";
import type { SessionHandler } from "../scenarios.ts";

export const STORES = ["memory", "sqlite"] as const;
export type StoreName = (typeof STORES)[number];

/** One library with one store. */
export interface Contender {
  readonly name: string;
  /** Puts the library in front of a handler, as on a plain `node:http` server. */
  serve(handler: SessionHandler): Respond;
  /** A session cookie (`name=value`) as a forger would send it: right in form, wrong in its signature. */
  forge(cookie: string): string;
  /** Lets so much time pass that every session's activity is due to be recorded, if the library has such a thing. */
  passTime(): void;
  close(): Promise<void>;
}

/** Another last-but-one character: of a base64 text's last one some bits may not count. */
export function spoil(text: string): string {
  const wrong = text.at(-2) === "A" ? "B" : "A";
  return text.slice(0, -2) + wrong + text.slice(-1);
}
