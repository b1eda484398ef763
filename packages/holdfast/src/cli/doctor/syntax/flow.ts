/**
 * What runs, and after what: as far as conditions, branches and functions tell.
 *
 * @module
 */
import { child, isFunction, list, type SyntaxNode } from "./node.ts";
import type { Tree } from "./tree.ts";
import { not } from "./value.ts";

const BRANCHES: ReadonlySet<string> = new Set(["IfStatement", "ConditionalExpression"]);

/**
 * Whether it runs once `until`, which it stands in, does; `undefined` where that depends on more.
 *
 * @param holds - whether a condition does; `undefined`: nobody can tell
 */
export function isRun(
  tree: Tree,
  node: SyntaxNode,
  until: SyntaxNode,
  holds: (condition: SyntaxNode) => boolean | undefined,
): boolean | undefined {
  let inner = node;
  let runs: boolean | undefined = true;
  for (const outer of tree.around(node)) {
    if (outer === until) break;
    const test = BRANCHES.has(outer.type) ? child(outer, "test") : undefined;
    if (test !== undefined && inner !== test) {
      const is = holds(test);
      const reached = inner === child(outer, "consequent") ? is : not(is);
      if (reached === false) return false;
      if (reached === undefined) runs = undefined;
    } else if (isFunction(outer)) runs = undefined;
    inner = outer;
  }
  return runs;
}

/** Whether what runs first may be followed by the other: neither a `return` nor the other branch of an `if` lies between. */
export function leadsTo(tree: Tree, first: SyntaxNode, second: SyntaxNode): boolean {
  let inner = first;
  for (const outer of tree.around(first)) {
    if (tree.isWithin(second, outer)) return outer.type !== "IfStatement" || inner === child(outer, "test");
    const last = outer.type === "BlockStatement" ? list(outer, "body").at(-1) : undefined;
    if (last?.type === "ReturnStatement" || last?.type === "ThrowStatement") return false;
    inner = outer;
  }
  return true;
}

/** Whether only one of the two runs: branches of one condition. */
export function areAlternatives(tree: Tree, first: SyntaxNode, second: SyntaxNode): boolean {
  let inner = first;
  for (const outer of tree.around(first)) {
    if (tree.isWithin(second, outer)) return BRANCHES.has(outer.type) && inner !== child(outer, "test");
    inner = outer;
  }
  return false;
}
