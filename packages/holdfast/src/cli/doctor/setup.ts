/**
 * Where sessions are set up: the calls of session libraries, with their options as far as they can be read.
 *
 * @module
 */
import { type Library, libraryOf } from "./libraries.ts";
import type { Names } from "./syntax/names.ts";
import { bare, child, isMember, keyOf, list, type SyntaxNode } from "./syntax/node.ts";
import type { Tree } from "./syntax/tree.ts";
import { ABSENT, possible, propertyOf, type Value } from "./syntax/value.ts";
import type { Values } from "./syntax/values.ts";

/** One file, read. */
export interface Program {
  readonly tree: Tree;
  readonly names: Names;
  readonly values: Values;
}

/** One call that sets sessions up. */
export class Setup {
  readonly library: Library;
  readonly node: SyntaxNode;
  readonly program: Program;
  /** What of the options was asked for and could not be read, by the option's name. */
  readonly unread: Map<string, SyntaxNode> = new Map();
  readonly #options: Value;

  constructor(library: Library, node: SyntaxNode, options: SyntaxNode | undefined, program: Program) {
    this.library = library;
    this.node = node;
    this.program = program;
    this.#options = options === undefined ? ABSENT : program.values.read(options);
    if (options !== undefined && possible(this.#options).some(({ kind }) => kind !== "object")) {
      this.unread.set("the options", options);
    }
  }

  /** Where its options are written. */
  get written(): readonly SyntaxNode[] {
    return possible(this.#options).flatMap((one) => (one.kind === "object" ? [one.node] : []));
  }

  /** The first of these options that is there. */
  option(...names: readonly string[]): Value {
    for (const name of names) {
      const value = propertyOf(this.#options, name, this.node);
      if (value.kind !== "absent") return this.#noted(name, value);
    }
    return ABSENT;
  }

  secret(): Value {
    return this.option(...this.library.secret);
  }

  /** The cookie's name; the library's own where none is given. */
  cookieName(): Value {
    const given = this.option(...this.library.cookieName);
    const { name } = this.library.defaults;
    if (given.kind !== "absent" || name === undefined) return given;
    return { kind: "literal", value: name, node: this.node };
  }

  /** An attribute of the cookie. */
  cookie(name: string): Value {
    const { attributes } = this.library;
    if (attributes === undefined) return this.option(name);
    const cookie = this.option(attributes);
    // `null` and `undefined` for the whole of it mean the defaults.
    if (cookie.kind === "literal") return ABSENT;
    return this.#noted(`${attributes}.${name}`, propertyOf(cookie, name, this.node), attributes);
  }

  /** Where to point at for what was read: its own place, else the call. */
  at(value: Value): SyntaxNode {
    const [first] = possible(value);
    return (first !== undefined && "node" in first && first.node) || this.node;
  }

  #noted(name: string, value: Value, whole?: string): Value {
    const blind = possible(value).find(
      ({ kind }) => kind === "unknown" || (kind === "made" && !this.#knowsMade(name)),
    );
    const told = this.unread.has("the options") || (whole !== undefined && this.unread.has(whole));
    if ((blind?.kind === "unknown" || blind?.kind === "made") && !told) {
      // Not written here at all, where a part of the options is spread from elsewhere.
      const spread = blind.node === this.node;
      this.unread.set(spread ? "options that are spread from elsewhere" : name, blind.node ?? this.node);
    }
    if (value.kind === "function" && name === this.library.attributes) this.unread.set(name, value.node);
    return value;
  }

  /** Whether what a call makes can be judged by the call: a store, a date, Holdfast's keys. */
  #knowsMade(name: string): boolean {
    if (this.library.name === "holdfast" && this.library.secret.includes(name)) return true;
    return name === "store" || /\b(?:expires|genid|idGenerator)$/.test(name);
  }
}

/** All of them in one file that production gets to, in the order of the source. */
export function findSetups(program: Program): readonly Setup[] {
  const seen = new Set<SyntaxNode>();
  return program.tree.all("CallExpression", "OptionalCallExpression").flatMap((call) => {
    const setup = setupIn(call, program);
    if (setup === undefined || !program.values.isReached(call)) return [];
    // iron-session is called by each handler, mostly with the same options: once is enough.
    const again = setup.library.name === "iron-session" && setup.written.some((one) => seen.has(one));
    for (const one of setup.written) seen.add(one);
    return again ? [] : [setup];
  });
}

function setupIn(call: SyntaxNode, program: Program): Setup | undefined {
  const callee = bare(child(call, "callee"));
  const args = list(call, "arguments");
  // `app.register(fastifySession, options)`: the plugin is named, not called.
  if (isMember(callee) && keyOf(callee) === "register") {
    const library = makerIn(args[0], program);
    return library?.name === "@fastify/session" ? new Setup(library, call, args[1], program) : undefined;
  }
  const library = makerIn(callee, program);
  if (library === undefined || library.name === "@fastify/session") return undefined;
  // `getIronSession(req, res, options)`, and `getIronSession(cookies, options)`.
  const options = library.name === "iron-session" ? args.at(-1) : args[0];
  return new Setup(library, call, options, program);
}

function makerIn(node: SyntaxNode | undefined, { names }: Program): Library | undefined {
  const inner = bare(node);
  if (inner === undefined) return undefined;
  const origin = names.originOf(inner);
  const library = origin && libraryOf(origin.module);
  return library?.makers.includes(origin?.name ?? "") ? library : undefined;
}
