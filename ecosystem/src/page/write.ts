/** Writes the page of what the last run has found: `npm run page -w ecosystem`. */
import { writeFileSync } from "node:fs";
import { savedResults } from "../results.ts";
import { pageOf } from "./page.ts";
import { PAGE } from "./place.ts";

const date = new Date().toISOString().slice(0, 10);
writeFileSync(PAGE, pageOf(savedResults(), { node: process.versions.node, date }));
