/**
 * Names a browser and a system for people to recognise their own devices by. The header is whatever the client
 * says, so this is a label and never a decision.
 *
 * @module
 */

export interface Client {
  readonly browser: string;
  readonly system: string;
  readonly form: "desktop" | "phone" | "unknown";
}

/** Order matters: Edge, Opera and Samsung Internet also say Chrome, and Chrome also says Safari. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:Edg|EdgA|EdgiOS)\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Chrome|CriOS|Chromium|HeadlessChrome)\//, "Chrome"],
  [/\bVersion\/[\d.]+ .*\bSafari\//, "Safari"],
  [/^curl\//, "curl"],
];

/** Android also says Linux, and iPhones also say Mac OS X. */
const SYSTEMS: readonly (readonly [RegExp, string, Client["form"]])[] = [
  [/\biPhone\b/, "iPhone", "phone"],
  [/\biPad\b/, "iPad", "phone"],
  [/\bAndroid\b/, "Android", "phone"],
  [/\bCrOS\b/, "ChromeOS", "desktop"],
  [/\bWindows\b/, "Windows", "desktop"],
  [/\bMacintosh\b/, "macOS", "desktop"],
  [/\bLinux\b/, "Linux", "desktop"],
];

/** "Unknown browser" and "unknown system" where the header is missing or strange. */
export function describeClient(userAgent: string | undefined): Client {
  const text = userAgent ?? "";
  const browser = BROWSERS.find(([pattern]) => pattern.test(text))?.[1] ?? "Unknown browser";
  const system = SYSTEMS.find(([pattern]) => pattern.test(text));
  return { browser, system: system?.[1] ?? "unknown system", form: system?.[2] ?? "unknown" };
}
