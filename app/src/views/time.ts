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
