/**
 * A program's syntax tree, as far as the doctor reads one. Fields are looked up by name and checked when they are read:
 * the shapes come from a parser that may be of another version than the one at hand.
 *
 * @module
 */

/** One node, in the terms of ESTree as Babel extends them. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

export function isNode(value: unknown): value is SyntaxNode {
  return (
    typeof value === "object" &&
    value !== null &&
    "type" in value &&
    typeof value.type === "string" &&
    "start" in value &&
    typeof value.start === "number" &&
    "end" in value &&
    typeof value.end === "number"
  );
}

/** A field that holds a node. */
export function child(node: SyntaxNode | undefined, field: string): SyntaxNode | undefined {
  const value: unknown = node && Reflect.get(node, field);
  return isNode(value) ? value : undefined;
}

/** A field that holds a list of nodes; a hole in it, as in `[, a]`, is `undefined`. */
export function list(node: SyntaxNode | undefined, field: string): readonly (SyntaxNode | undefined)[] {
  const value: unknown = node && Reflect.get(node, field);
  return Array.isArray(value) ? value.map((one: unknown) => (isNode(one) ? one : undefined)) : [];
}

/** A field that holds text: a name, an operator. */
export function text(node: SyntaxNode | undefined, field: string): string | undefined {
  const value: unknown = node && Reflect.get(node, field);
  return typeof value === "string" ? value : undefined;
}

/** A field that is true or false. */
export function flag(node: SyntaxNode | undefined, field: string): boolean {
  return node !== undefined && Reflect.get(node, field) === true;
}

const WRAPPERS: ReadonlySet<string> = new Set([
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSNonNullExpression",
  "TSTypeAssertion",
  "TSInstantiationExpression",
  "ParenthesizedExpression",
  "ChainExpression",
  "AwaitExpression",
]);

/** The expression inside type assertions, parentheses and `await`. */
export function bare(node: SyntaxNode | undefined): SyntaxNode | undefined {
  let inner = node;
  while (inner && WRAPPERS.has(inner.type)) inner = child(inner, "expression") ?? child(inner, "argument");
  return inner;
}

/** The name behind the dot, or in quotes between brackets, or of an object's key. */
export function keyOf(node: SyntaxNode | undefined): string | undefined {
  const field = node?.type.endsWith("MemberExpression") ? "property" : "key";
  const key = bare(child(node, field));
  if (key === undefined) return undefined;
  if (key.type === "StringLiteral" || key.type === "NumericLiteral") return String(Reflect.get(key, "value"));
  return flag(node, "computed") ? undefined : (text(key, "name") ?? text(child(key, "id"), "name"));
}

interface MemberNode extends SyntaxNode {
  readonly type: "MemberExpression" | "OptionalMemberExpression";
}

interface CallNode extends SyntaxNode {
  readonly type: "CallExpression" | "OptionalCallExpression";
}

export function isMember(node: SyntaxNode | undefined): node is MemberNode {
  return node?.type === "MemberExpression" || node?.type === "OptionalMemberExpression";
}

export function isCall(node: SyntaxNode | undefined): node is CallNode {
  return node?.type === "CallExpression" || node?.type === "OptionalCallExpression";
}

/** Types of the nodes that are functions. */
export const FUNCTIONS = [
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "ObjectMethod",
  "ClassMethod",
  "ClassPrivateMethod",
] as const;

interface FunctionNode extends SyntaxNode {
  readonly type: (typeof FUNCTIONS)[number];
}

export function isFunction(node: SyntaxNode | undefined): node is FunctionNode {
  return FUNCTIONS.some((type) => type === node?.type);
}
