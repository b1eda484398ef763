/**
 * What handlers do with `req.session`: each use of it, and the function that was given the request.
 *
 * @module
 */
import type { Program } from "./setup.ts";
import { namesIn } from "./syntax/names.ts";
import {
  bare,
  child,
  isCall,
  isFunction,
  isMember,
  keyOf,
  list,
  type SyntaxNode,
  text,
} from "./syntax/node.ts";

const REQUEST = /^_?req(?:uest)?$/;

/** A function's own methods, by which it is called on an object. */
const BORROWINGS: ReadonlySet<string | undefined> = new Set(["bind", "call", "apply"]);

/** A value given to a key of the session, or to the session itself (`key` is `undefined`). */
export interface Assignment {
  readonly key: string | undefined;
  /** `undefined`: the key was deleted. */
  readonly value: SyntaxNode | undefined;
  readonly node: SyntaxNode;
  /** The function that was given the request; the outermost one where none was. */
  readonly handler: SyntaxNode;
}

/** A call of a method: `req.session.save(…)`, `res.redirect(…)`. */
export interface MethodCall {
  readonly method: string;
  readonly node: SyntaxNode;
}

export class Handlers {
  readonly program: Program;
  readonly assignments: readonly Assignment[];
  readonly #calls: readonly MethodCall[];

  constructor(program: Program) {
    this.program = program;
    this.assignments = [...this.#assigned(), ...this.#deleted(), ...this.#merged()].sort(
      (a, b) => a.node.start - b.node.start,
    );
    this.#calls = program.tree.all("CallExpression", "OptionalCallExpression").flatMap((node) => {
      const callee = bare(child(node, "callee"));
      const method = isMember(callee) ? methodOf(callee) : text(callee, "name");
      return method === undefined ? [] : [{ method, node }];
    });
  }

  /** Calls of these methods within a function, in the order of the source. */
  calls(within: SyntaxNode, ...methods: readonly string[]): readonly SyntaxNode[] {
    return this.#calls
      .filter(({ method, node }) => methods.includes(method) && this.program.tree.isWithin(node, within))
      .map(({ node }) => node);
  }

  /** Whether the expression is `req.session`, or a name for it. */
  isSession(node: SyntaxNode | undefined): boolean {
    return this.#requestOf(node) !== undefined;
  }

  /** The request that an expression for a session starts from. */
  #requestOf(node: SyntaxNode | undefined, depth = 0): SyntaxNode | undefined {
    const inner = bare(node);
    if (isMember(inner)) return keyOf(inner) === "session" ? requestIn(child(inner, "object")) : undefined;
    if (inner?.type !== "Identifier" || depth > 5) return undefined;
    const declaration = this.program.names.declarationOf(inner);
    if (declaration?.value === undefined) return undefined;
    if (declaration.key === "session") return requestIn(declaration.value);
    return declaration.key === undefined ? this.#requestOf(declaration.value, depth + 1) : undefined;
  }

  #handlerOf(node: SyntaxNode, request: SyntaxNode): SyntaxNode {
    const name = text(request, "name");
    let handler = this.program.tree.root;
    for (const outer of this.program.tree.around(node)) {
      if (!isFunction(outer)) continue;
      handler = outer;
      if (name !== undefined && list(outer, "params").some((one) => namesIn(one).includes(name))) break;
    }
    return handler;
  }

  #assigned(): readonly Assignment[] {
    return this.program.tree.all("AssignmentExpression").flatMap((node) => {
      const target = bare(child(node, "left"));
      if (!isMember(target)) return [];
      const found = this.#target(target);
      if (found === undefined) return [];
      const { key, request } = found;
      return [{ key, value: child(node, "right"), node, handler: this.#handlerOf(node, request) }];
    });
  }

  #deleted(): readonly Assignment[] {
    return this.program.tree.all("UnaryExpression").flatMap((node) => {
      const target = bare(child(node, "argument"));
      if (text(node, "operator") !== "delete" || !isMember(target)) return [];
      const found = this.#target(target);
      if (found === undefined) return [];
      return [{ key: found.key, value: undefined, node, handler: this.#handlerOf(node, found.request) }];
    });
  }

  /** `Object.assign(req.session, { userId })`. */
  #merged(): readonly Assignment[] {
    return this.program.tree.all("CallExpression").flatMap((node) => {
      const callee = child(node, "callee");
      const [target, source] = list(node, "arguments");
      if (keyOf(callee) !== "assign" || text(child(callee, "object"), "name") !== "Object") return [];
      const request = this.#requestOf(target);
      if (request === undefined || !isCall(node)) return [];
      return list(source, "properties").flatMap((property) => {
        const key = keyOf(property);
        const value = child(property, "value");
        return key === undefined ? [] : [{ key, value, node, handler: this.#handlerOf(node, request) }];
      });
    });
  }

  #target(target: SyntaxNode): { key: string | undefined; request: SyntaxNode } | undefined {
    const whole = this.#requestOf(target);
    if (whole !== undefined) return { key: undefined, request: whole };
    const request = this.#requestOf(child(target, "object"));
    const key = keyOf(target);
    return request === undefined || key === undefined ? undefined : { key, request };
  }
}

/** `save` of `req.session.save`, and of `req.session.save.bind`, which is called by whoever is given it. */
function methodOf(callee: SyntaxNode): string | undefined {
  const method = keyOf(callee);
  const inner = bare(child(callee, "object"));
  return BORROWINGS.has(method) && isMember(inner) ? keyOf(inner) : method;
}

/** `req`, `request`, and the end of `ctx.req`. */
function requestIn(node: SyntaxNode | undefined): SyntaxNode | undefined {
  const inner = bare(node);
  if (inner?.type === "Identifier" && REQUEST.test(text(inner, "name") ?? "")) return inner;
  return isMember(inner) && REQUEST.test(keyOf(inner) ?? "") ? inner : undefined;
}
