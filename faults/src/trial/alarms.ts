import type { AppProcess } from "../app/process.ts";
import type { Violation } from "../checker.ts";

/** Events that mean an attack or damage: trouble with a store is neither. */
const ALARMS = new Set([
  "session_replayed",
  "session_forged",
  "session_unreadable",
  "session_duplicate",
  "malicious_csrf",
]);

/** What a secret looks like whose renewal the store has forgotten. */
const FORGOTTEN_RENEWAL = "session_replayed";

/**
 * What an operator would have been told wrongly, or would have found in the log of a process that did not bear the
 * fault well. `known`: how many events and warnings there were before. `forgetful`: the store had reason to forget what
 * it had acknowledged.
 */
export function alarmsIn(
  app: AppProcess,
  known: readonly [events: number, warnings: number],
  forgetful = false,
): Violation[] {
  const { name, events, warnings, said, running, plan } = app;
  const found: Violation[] = [];
  if (!running) found.push({ rule: "process ended", text: `${name}: ${said.slice(-2_000)}` });
  else if (said !== "") found.push({ rule: "alarm", text: `${name} wrote: ${said.slice(-2_000)}` });
  for (const event of events.slice(known[0])) {
    if (ALARMS.has(event.name) && !(forgetful && event.name === FORGOTTEN_RENEWAL))
      found.push({ rule: "alarm", text: `${name}: ${event.text}` });
  }
  for (const warning of warnings.slice(known[1])) found.push({ rule: "alarm", text: `${name}: ${warning}` });
  const told = [said, ...warnings, ...events.map(({ text }) => text)].join("\n");
  for (const secret of secretsIn(plan.store.url, plan.secret)) {
    if (told.includes(secret)) found.push({ rule: "secret told", text: `${name} told a password or key` });
  }
  return found.slice(0, 5);
}

function secretsIn(url: string, key: string): string[] {
  // "redis://:PASSWORD@…"
  const [, password] = /^\w+:\/\/[^/@]*:([^/@]+)@/.exec(url) ?? [];
  return password === undefined ? [key] : [key, password];
}
