/**
 * The dates of `Expires`, in all the forms that browsers understand (RFC 6265bis 5.1.1).
 *
 * @module
 */

const DELIMITERS = /[\t\u0020-\u002f\u003b-\u0040\u005b-\u0060\u007b-\u007e]+/;
const TIME = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)/;
const DAY = /^\d{1,2}(?!\d)/;
const YEAR = /^\d{2,4}(?!\d)/;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Milliseconds since 1970, or `undefined` for what browsers do not take for a date. */
export function parseCookieDate(text: string): number | undefined {
  let time: RegExpExecArray | null = null;
  let day: number | undefined;
  let month: number | undefined;
  let year: number | undefined;
  for (const token of text.split(DELIMITERS)) {
    const clock: RegExpExecArray | null = time === null ? TIME.exec(token) : null;
    const date = DAY.exec(token);
    const named = MONTHS.indexOf(token.slice(0, 3).toLowerCase());
    const years = YEAR.exec(token);
    if (clock !== null) time = clock;
    else if (day === undefined && date !== null) day = Number(date[0]);
    else if (month === undefined && named !== -1) month = named;
    else if (year === undefined && years !== null) year = Number(years[0]);
  }
  if (time === null || day === undefined || month === undefined || year === undefined) return undefined;
  if (year < 70) year += 2000;
  else if (year < 100) year += 1900;
  const [hours = 0, minutes = 0, seconds = 0] = time.slice(1).map(Number);
  if (year < 1601 || day < 1 || hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const date = new Date(Date.UTC(year, month, day, hours, minutes, seconds));
  return date.getUTCDate() === day ? date.getTime() : undefined;
}
