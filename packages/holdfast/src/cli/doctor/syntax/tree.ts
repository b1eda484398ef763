import { isFunction, isNode, type SyntaxNode } from "./node.ts";

/** What is no part of the program: comments, tokens, and what the parser notes for itself. */
const ASIDE: ReadonlySet<string> = new Set([
  "loc",
  "extra",
  "errors",
  "tokens",
  "comments",
  "leadingComments",
  "trailingComments",
  "innerComments",
]);

/** A syntax tree that knows its nodes' parents, and keeps them by type in the order of the source. */
export class Tree {
  readonly root: SyntaxNode;
  readonly #parents = new Map<SyntaxNode, SyntaxNode>();
  readonly #byType = new Map<string, SyntaxNode[]>();

  constructor(root: SyntaxNode) {
    this.root = root;
    // Without recursion: a generated file may be nested deeper than the stack is.
    const waiting = [root];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      const alike = this.#byType.get(node.type);
      if (alike === undefined) this.#byType.set(node.type, [node]);
      else alike.push(node);
      for (const inner of parts(node)) {
        this.#parents.set(inner, node);
        waiting.push(inner);
      }
    }
    for (const alike of this.#byType.values()) alike.sort((a, b) => a.start - b.start);
  }

  /** All nodes of these types, in the order of the source. */
  all(...types: readonly string[]): readonly SyntaxNode[] {
    const found = types.flatMap((type) => this.#byType.get(type) ?? []);
    return types.length === 1 ? found : found.sort((a, b) => a.start - b.start);
  }

  parent(node: SyntaxNode): SyntaxNode | undefined {
    return this.#parents.get(node);
  }

  /** The nodes around it, from the inside out. */
  *around(node: SyntaxNode): Generator<SyntaxNode> {
    for (let outer = this.parent(node); outer !== undefined; outer = this.parent(outer)) yield outer;
  }

  /** The nearest function around it, else the whole program. */
  functionOf(node: SyntaxNode): SyntaxNode {
    for (const outer of this.around(node)) if (isFunction(outer)) return outer;
    return this.root;
  }

  /** Whether `node` is `outer` or stands in it. */
  isWithin(node: SyntaxNode, outer: SyntaxNode): boolean {
    if (node === outer) return true;
    for (const one of this.around(node)) if (one === outer) return true;
    return false;
  }
}

function* parts(node: SyntaxNode): Generator<SyntaxNode> {
  for (const [field, value] of Object.entries(node)) {
    if (ASIDE.has(field)) continue;
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const one of values) if (isNode(one)) yield one;
  }
}
