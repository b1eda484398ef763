import { type Html, html } from "./html.ts";

const FORMAT = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  timeZone: "UTC",
});

/** A moment, in UTC; a script in the page shows it in the reader's own time zone. */
export function moment(date: Date | undefined): Html {
  if (date === undefined) return html`–`;
  return html`<time datetime="${date.toISOString()}">${FORMAT.format(date)} UTC</time>`;
}

const MINUTE = 60_000;
const UNITS = [
  ["day", 24 * 60 * MINUTE],
  ["hour", 60 * MINUTE],
  ["minute", MINUTE],
  ["second", 1000],
] as const;

/** A whole number of the largest unit that divides it: "12 hours", "90 seconds". */
export function inWords(milliseconds: number): string {
  const [unit, size] = UNITS.find(([, length]) => milliseconds % length === 0) ?? ["second", 1000];
  return counted(Math.round(milliseconds / size), unit);
}

/** "just now", "2 minutes ago", "3 days ago". */
export function ago(milliseconds: number): string {
  const found = UNITS.find(([, length]) => milliseconds >= length);
  if (found === undefined || milliseconds < MINUTE) return "just now";
  const [unit, size] = found;
  return `${counted(Math.floor(milliseconds / size), unit)} ago`;
}

function counted(count: number, unit: string): string {
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}
