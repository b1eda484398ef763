/**
 * A browser's name for itself, taken down to what stays the same when it is updated: families, no versions. Everybody
 * can send any text, so it says what the client claims and proves nothing.
 *
 * @module
 */

/** What a `User-Agent` claims. Never text of the client's beyond 32 letters, digits, `.`, `_` and `-`. */
export interface ClientFamilies {
  /** Such as `"Windows"` or `"iOS"`; `"unknown"` without one that is known here. */
  readonly system: string;
  /** Such as `"Firefox"`; for other programs the name they begin with, such as `"curl"`; `"unknown"` without either. */
  readonly browser: string;
}

export const UNKNOWN = "unknown";

// As much as a record keeps: what comes later in a longer one must not make the same client look like another.
const LONGEST = 256;

type Marks = readonly (readonly [mark: string, family: string])[];

// In this order: nearly all of them also say Chrome and Safari, and Android says Linux.
const BROWSERS: Marks = [
  ["Edg/", "Edge"],
  ["EdgA/", "Edge"],
  ["EdgiOS/", "Edge"],
  ["Edge/", "Edge"],
  ["OPR/", "Opera"],
  ["OPT/", "Opera"],
  ["OPiOS/", "Opera"],
  ["Opera", "Opera"],
  ["SamsungBrowser/", "Samsung Internet"],
  ["Vivaldi/", "Vivaldi"],
  ["YaBrowser/", "Yandex"],
  ["UCBrowser/", "UC Browser"],
  ["DuckDuckGo/", "DuckDuckGo"],
  ["Ddg/", "DuckDuckGo"],
  ["Firefox/", "Firefox"],
  ["FxiOS/", "Firefox"],
  ["CriOS/", "Chrome"],
  ["Chrome/", "Chrome"],
  ["Chromium/", "Chrome"],
  ["MSIE ", "Internet Explorer"],
  ["Trident/", "Internet Explorer"],
  ["Safari/", "Safari"],
  ["AppleWebKit/", "WebKit"],
];

const SYSTEMS: Marks = [
  ["Windows", "Windows"],
  ["iPhone", "iOS"],
  ["iPad", "iOS"],
  ["iPod", "iOS"],
  ["Android", "Android"],
  ["CrOS", "ChromeOS"],
  ["Macintosh", "macOS"],
  ["Mac OS X", "macOS"],
  ["Linux", "Linux"],
  ["BSD", "BSD"],
  ["X11", "Unix"],
];

// The first product of RFC 9110 10.1.5, of programs that do not pretend to be Mozilla.
const PRODUCT = /^(?!Mozilla\b)[A-Za-z][\w.-]{0,31}(?=[/ ]|$)/;

/** The families of a `User-Agent`; of a long one its first 256 characters count. */
export function describeClient(userAgent: string | undefined): ClientFamilies {
  if (userAgent === undefined) return { system: UNKNOWN, browser: UNKNOWN };
  const text = userAgent.slice(0, LONGEST);
  return {
    system: familyIn(text, SYSTEMS) ?? UNKNOWN,
    browser: familyIn(text, BROWSERS) ?? PRODUCT.exec(text)?.[0] ?? UNKNOWN,
  };
}

function familyIn(text: string, marks: Marks): string | undefined {
  return marks.find(([mark]) => text.includes(mark))?.[1];
}
