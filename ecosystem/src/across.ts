/**
 * One package's sentences, on each API and version of Express.
 *
 * @module
 */
import { after, it, type TestContext } from "node:test";
import { type Outcome, type Row, saveResult } from "./results.ts";
import { type Setting, settings } from "./settings.ts";
import { versionOf } from "./versions.ts";

type Run = (test: TestContext) => Promise<void>;

/** What a package's tests say about one setting. */
export interface Sentences {
  /** The package does what it does on express-session. */
  holds(sentence: string, run: Run): void;
  /** It does something else, for a reason that is documented. */
  differs(sentence: string, run: Run): void;
}

/**
 * Runs a package's sentences in every setting, and leaves what became of them for the page.
 *
 * @example
 * ```ts
 * across({ name: "connect-flash", seen: "an app" }, (setting, { holds }) => {
 *   holds("shows a message once", async (test) => { … });
 * });
 * ```
 */
export function across(row: Row, say: (setting: Setting, sentences: Sentences) => void): void {
  const { name, seen, skip = false, beside = [] } = row;
  const versions = Object.fromEntries([name, ...beside].map((each) => [each, versionOf(each)]));
  const outcomes: Outcome[] = [];
  for (const setting of settings) {
    const { api, version } = setting;
    const title = `${name} ${versions[name]} · ${api.name} · ${version}`;
    const sentence = (differs: boolean) => (sentence: string, run: Run) =>
      it(`${title}: ${sentence}`, { skip }, async (test) => {
        const outcome = { api: api.name, express: version, sentence, differs };
        try {
          await run(test);
          outcomes.push({ ...outcome, held: true });
        } catch (error) {
          outcomes.push({ ...outcome, held: false });
          throw error;
        }
      });
    say(setting, { holds: sentence(false), differs: sentence(true) });
  }
  after(() => saveResult({ name, seen, skip, versions, outcomes }));
}
