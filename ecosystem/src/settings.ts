/**
 * What a package is tried on: each API on each version of Express.
 *
 * @module
 */
import { createRequire } from "node:module";
import express5 from "express";
import { type SessionApi, sessionApis } from "./session-apis.ts";

const require = createRequire(import.meta.url);
// A second name for an older version, which has no types of its own.
const express4: typeof express5 = require("express4");

export interface Setting {
  readonly api: SessionApi;
  readonly express: typeof express5;
  readonly version: ExpressVersion;
}

export type ExpressVersion = "Express 4" | "Express 5";

export const settings: readonly Setting[] = sessionApis.flatMap((api) => [
  { api, express: express4, version: "Express 4" },
  { api, express: express5, version: "Express 5" },
]);
