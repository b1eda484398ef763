/**
 * docs/reference/ecosystem.md, made of what a run has found.
 *
 * @module
 */
import type { Outcome, Result } from "../results.ts";
import type { ApiName } from "../session-apis.ts";
import { type ExpressVersion, settings } from "../settings.ts";
import { versionOf } from "../versions.ts";

interface Column {
  readonly api: ApiName;
  readonly express: ExpressVersion;
}

const columns: readonly Column[] = settings
  .filter(({ api }) => api.name !== "express-session")
  .map(({ api, version }) => ({ api: api.name, express: version }));

/** @throws Error if a sentence did not hold or was not tried: then the run was not a whole one */
export function pageOf(
  results: readonly Result[],
  made: { readonly node: string; readonly date: string },
): string {
  return `# Ecosystem

Packages that are used with express-session, on Holdfast: as they are published, with requests over HTTP. This page is
filled by a run:

\`\`\`sh
npm run test:ecosystem && npm run page -w ecosystem
\`\`\`

Made on ${made.date} with Node ${made.node}, Express ${versionOf("express4")} and ${versionOf("express")}.
The same sentences are run on express-session ${versionOf("express-session")}, as the reference.

A figure is the number of sentences that hold; "differs" counts those that say that something is different from
express-session, which are listed below. None failed.

| Package | ${columns.map(({ api, express }) => `\`${api}\`, ${express}`).join(" | ")} | Seen with |
|---|${columns.map(() => "---|").join("")}---|
${results.map(line).join("")}
## What differs

${results.map(differences).join("")}## What was tried

${results.map(sentences).join("\n")}`;
}

function line(result: Result): string {
  const packages = Object.entries(result.versions).map(([name, version]) => `\`${name}\` ${version}`);
  const cells = columns.map((column) => cell(result, column));
  return `| ${[packages.join(", "), ...cells, result.seen].join(" | ")} |\n`;
}

function cell(result: Result, { api, express }: Column): string {
  const tried = result.outcomes.filter((outcome) => outcome.api === api && outcome.express === express);
  if (tried.length === 0) throw new Error(`no result of ${result.name} on ${api}: npm run test:ecosystem`);
  const failed = tried.find(({ held }) => !held);
  if (failed !== undefined) throw new Error(`${result.name} on ${api}: "${failed.sentence}" did not hold`);
  const differing = tried.filter(({ differs }) => differs).length;
  const alike = tried.length - differing;
  return differing === 0 ? `${alike}` : `${alike}, differs in ${differing}`;
}

function differences({ name, outcomes }: Result): string {
  const told = distinct(outcomes.filter(({ differs }) => differs));
  return told.length === 0 ? "" : `**${name}**\n\n${told.join("")}\n`;
}

function sentences({ name, outcomes }: Result): string {
  return `**${name}**\n\n${distinct(outcomes.filter(({ differs }) => !differs)).join("")}`;
}

/** Each sentence once, with the API that it is about where it is not about both. */
function distinct(outcomes: readonly Outcome[]): string[] {
  const apisOf = new Map<string, Set<ApiName>>();
  for (const { sentence, api } of outcomes) {
    if (!columns.some((column) => column.api === api)) continue;
    apisOf.set(sentence, (apisOf.get(sentence) ?? new Set<ApiName>()).add(api));
  }
  return [...apisOf].map(([sentence, apis]) => {
    const [only, another] = [...apis];
    return another === undefined ? `- On \`${only}\`: ${sentence}\n` : `- ${sentence}\n`;
  });
}
