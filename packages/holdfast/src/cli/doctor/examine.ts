/**
 * What the doctor says of one file. Nothing is run, and nothing is read but the text that is passed in.
 *
 * @module
 */
import { type Examination, type Finding, findingOf, type Place, type Rule, type Unread } from "./finding.ts";
import { Handlers } from "./handlers.ts";
import type { LibraryName } from "./libraries.ts";
import { COOKIE_RULES } from "./rules/cookie.ts";
import { FILE_RULES } from "./rules/file-rules.ts";
import { HANDLER_RULES } from "./rules/handler-rules.ts";
import { LIFE_RULES } from "./rules/life.ts";
import { REQUEST_RULES } from "./rules/requests.ts";
import { SECRET_RULES } from "./rules/secret.ts";
import { left, type SetupRule } from "./rules/setup-rule.ts";
import { STORAGE_RULES } from "./rules/storage.ts";
import { findSetups, type Program, type Setup } from "./setup.ts";
import { Names } from "./syntax/names.ts";
import { isNode, type SyntaxNode } from "./syntax/node.ts";
import { Tree } from "./syntax/tree.ts";
import { Values } from "./syntax/values.ts";

/** Rules about the options of a session library. */
const SETUP_RULES: readonly SetupRule[] = [
  ...SECRET_RULES,
  ...COOKIE_RULES,
  ...LIFE_RULES,
  ...STORAGE_RULES,
  ...REQUEST_RULES,
];

/** Every rule about programs. */
export const SOURCE_RULES: readonly Rule[] = [...SETUP_RULES, ...FILE_RULES, ...HANDLER_RULES];

/** Turns a program's text into a syntax tree, as `@babel/parser` makes it; throws where it is none. */
export type Parse = (source: string, file: string) => unknown;

/** What the files of an app tell about it together. */
export interface AppFacts {
  readonly libraries: readonly LibraryName[];
  readonly identifies: boolean;
}

/** One file that has been read. */
export class SourceFile {
  readonly name: string;
  readonly setups: readonly Setup[];
  readonly #source: string;
  readonly #program: Program;

  /** @throws what `parse` throws */
  constructor(source: string, name: string, parse: Parse) {
    this.name = name;
    this.#source = source;
    const root = parse(source, name);
    if (!isNode(root)) throw new TypeError("The parser gave no syntax tree.");
    const tree = new Tree(root);
    const names = new Names(tree);
    this.#program = { tree, names, values: new Values(tree, names) };
    this.setups = findSetups(this.#program);
  }

  /** The libraries that it sets up. */
  get libraries(): readonly LibraryName[] {
    return [...new Set(this.setups.map(({ library }) => library.name))];
  }

  /** Whether it tells Holdfast who a session's user is. */
  get identifies(): boolean {
    return this.setups.some((setup) => setup.library.name === "holdfast" && !left(setup.option("identify")));
  }

  /** @param app - what its handlers are judged by, where the file sets no sessions up itself */
  examine(app: AppFacts): Examination {
    const findings: Finding[] = [];
    for (const setup of this.setups) {
      for (const rule of SETUP_RULES) {
        const sight = rule.libraries.includes(setup.library.name) ? rule.look(setup) : undefined;
        if (sight) findings.push(this.#finding(rule, sight.at, sight.what, rule.instead(setup.library)));
      }
    }
    for (const rule of FILE_RULES) {
      for (const { at, what } of rule.look(this.#program, this.setups))
        findings.push(this.#finding(rule, at, what, rule.instead));
    }
    const { libraries, identifies } = this.setups.length > 0 ? this : app;
    const handlers = new Handlers(this.#program);
    for (const rule of HANDLER_RULES) {
      if (!libraries.some((name) => rule.libraries.includes(name))) continue;
      if (rule.unlessIdentified && identifies) continue;
      for (const { at, what } of rule.look(handlers))
        findings.push(this.#finding(rule, at, what, rule.instead));
    }
    const unread = this.setups.flatMap((setup) =>
      [...setup.unread].map(([what, node]): Unread => ({ place: this.#placeOf(node), what })),
    );
    return { findings, unread, recognised: [] };
  }

  #finding(rule: Rule, at: SyntaxNode, what: string, instead: string | undefined): Finding {
    return findingOf(rule, this.#placeOf(at), what, instead);
  }

  #placeOf({ start }: SyntaxNode): Place {
    const before = this.#source.slice(0, start);
    const newline = before.lastIndexOf("\n");
    return { in: this.name, line: before.split("\n").length, column: start - newline };
  }
}
