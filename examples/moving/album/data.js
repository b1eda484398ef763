/**
 * The directory of all that must outlive the process: pictures, sessions, the certificate. DATA_DIR, else `data` here.
 */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const DATA = resolve(process.env.DATA_DIR ?? fileURLToPath(new URL("../data", import.meta.url)));

mkdirSync(DATA, { recursive: true });
