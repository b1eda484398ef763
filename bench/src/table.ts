/**
 * Tables in Markdown, which a terminal shows as well once their columns are aligned, and the numbers in them.
 *
 * @module
 */
import { MOST_RATIO, type Spread } from "./statistics.ts";

/** @param texts - so many columns hold text, the others numbers */
export function table(head: readonly string[], rows: readonly (readonly string[])[], texts = 1): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(head),
    `|${head.map((_, index) => (index < texts ? "---" : "---:")).join("|")}|`,
    ...rows.map(line),
  ].join("\n");
}

/** The same text, with all cells of a column as wide as the widest. */
export function aligned(markdown: string): string {
  const rows = markdown.split("\n").map((line) => line.split("|").slice(1, -1));
  const rule = rows[1] ?? [];
  const widths = rule.map((_, column) =>
    Math.max(...rows.map((cells, row) => (row === 1 ? 0 : (cells[column]?.trim().length ?? 0)))),
  );
  const shown = rows.map((cells, row) => {
    const padded = cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      const isNumber = rule[column]?.endsWith(":") === true;
      if (row === 1) return "-".repeat(width);
      return isNumber ? cell.trim().padStart(width) : cell.trim().padEnd(width);
    });
    return padded.join("  ").trimEnd();
  });
  return shown.join("\n");
}

/** `6.2x (5.9–6.6)`: a ratio with its quartiles. */
export function ratio({ low, median, high }: Spread): string {
  return `${times(median)} (${digits(low)}–${digits(high)})`;
}

export function times(value: number): string {
  return value >= MOST_RATIO ? `>${MOST_RATIO}x` : `${digits(value)}x`;
}

export function digits(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}

/** A share of one, with its quartiles. */
export function share({ low, median, high }: Spread): string {
  return `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
}

export function micros({ median }: Spread): string {
  return median.toFixed(1);
}

export function group(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
