import { readFile } from "node:fs/promises";

const WORKSPACE = new URL("../../", import.meta.url).href;
const COMPILED = new URL("node_modules/.cache/compiled/", WORKSPACE);

/** The compiler has written `./x.js` where the source says `./x.ts`. */
export function resolve(specifier, context, next) {
  const isOurs = specifier.startsWith(".") && context.parentURL?.endsWith(".ts");
  return next(isOurs ? specifier.replace(/\.js$/, ".ts") : specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith(".ts") || !url.startsWith(WORKSPACE)) return next(url, context);
  const compiled = new URL(url.slice(WORKSPACE.length).replace(/\.ts$/, ".js"), COMPILED);
  return { format: "module", source: await readFile(compiled), shortCircuit: true };
}
