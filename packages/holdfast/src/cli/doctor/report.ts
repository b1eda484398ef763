import { cleanText } from "../../clean-text.ts";
import { type Examination, type Finding, LEVELS, type Level, type Place } from "./finding.ts";

const TITLES: Readonly<Record<Level, string>> = { error: "Errors", warning: "Warnings", note: "Notes" };

/** SGR codes of terminals: red, yellow, blue. */
const COLOURS: Readonly<Record<Level, number>> = { error: 31, warning: 33, note: 34 };

/** The examination as text, the worst first. */
export function report(
  { findings, unread, recognised }: Examination,
  looked: string,
  colours: boolean,
): string {
  const paint = (code: number, text: string): string => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const sections: string[] = [];
  if (recognised.length > 0) {
    const lines = recognised.map(
      ({ place, what, migration }) =>
        `${placed(place)}\n    The form is ${what}.\n    To Holdfast: ${migration}.\n`,
    );
    sections.push(`${paint(1, "Recognised")}\n\n${lines.join("\n")}`);
  }
  for (const level of LEVELS) {
    const found = findings.filter((one) => one.level === level);
    if (found.length === 0) continue;
    const entries = found.map((one) => entry(one, (text) => paint(COLOURS[level], text)));
    sections.push(`${paint(1, TITLES[level])}\n\n${entries.join("\n")}`);
  }
  if (unread.length > 0) {
    const lines = unread.map(({ place, what }) => `${placed(place)}  ${what}\n`);
    sections.push(`${paint(1, "Not judged, for it could not be read")}\n\n${lines.join("")}`);
  }
  sections.push(`${summary(findings)} ${looked}\n`);
  return sections.join("\n");
}

function entry(
  { place, rule, what, why, row, source, instead, holdfast }: Finding,
  paint: (text: string) => string,
): string {
  const lines = [
    `${placed(place)}  ${paint(rule)}`,
    `    ${cleanText(what)}`,
    `    Why:      ${why}`,
    `              ${row} (${source})`,
    ...(instead === undefined ? [] : [`    Instead:  ${instead}`]),
    `    Holdfast: ${holdfast}`,
  ];
  return `${lines.join("\n")}\n`;
}

function placed({ in: where, line, column }: Place): string {
  return `  ${[cleanText(where), line, column].filter((part) => part !== undefined).join(":")}`;
}

function summary(findings: readonly Finding[]): string {
  const counts = LEVELS.map((level) => {
    const count = findings.filter((one) => one.level === level).length;
    return `${count} ${level}${count === 1 ? "" : "s"}`;
  });
  return `${counts.join(", ")}.`;
}
