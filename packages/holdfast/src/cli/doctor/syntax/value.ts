/**
 * What can be known of a value without running the program, and what follows from it.
 *
 * @module
 */
import type { SyntaxNode } from "./node.ts";

/** A value, as far as it can be read. */
export type Value =
  | { readonly kind: "absent" }
  | {
      readonly kind: "literal";
      readonly value: string | number | boolean | null | undefined;
      readonly node: SyntaxNode;
    }
  | { readonly kind: "list"; readonly items: readonly Value[]; readonly node: SyntaxNode }
  | ObjectValue
  | { readonly kind: "function"; readonly node: SyntaxNode }
  /** Made by a class or a function: `new RedisStore({…})`, `MongoStore.create({…})`. */
  | {
      readonly kind: "made";
      readonly by: SyntaxNode;
      readonly args: readonly SyntaxNode[];
      readonly node: SyntaxNode;
    }
  /** Read from the environment when the app runs. */
  | { readonly kind: "environment"; readonly node: SyntaxNode }
  /** One of these; which, is decided when the app runs. */
  | { readonly kind: "either"; readonly values: readonly Value[] }
  | { readonly kind: "unknown"; readonly node: SyntaxNode | undefined };

export interface ObjectValue {
  readonly kind: "object";
  readonly properties: ReadonlyMap<string, Value>;
  /** True if it may have more properties than these. */
  readonly open: boolean;
  readonly node: SyntaxNode;
}

export const ABSENT: Value = { kind: "absent" };

/** Each value that it may have. */
export function possible(value: Value): readonly Value[] {
  return value.kind === "either" ? value.values.flatMap(possible) : [value];
}

/** Whether a condition holds; `undefined` where that cannot be told. */
export function truth(value: Value): boolean | undefined {
  if (value.kind === "literal") return Boolean(value.value);
  if (value.kind === "object" || value.kind === "list" || value.kind === "function") return true;
  if (value.kind === "made") return undefined;
  return value.kind === "absent" ? false : undefined;
}

export function not(is: boolean | undefined): boolean | undefined {
  return is === undefined ? undefined : !is;
}

export function missing(value: Value): boolean | undefined {
  if (value.kind === "absent") return true;
  if (value.kind === "literal") return value.value === null || value.value === undefined;
  return value.kind === "object" || value.kind === "list" || value.kind === "function" ? false : undefined;
}

export function either(...values: readonly Value[]): Value {
  return { kind: "either", values };
}

export function literal(node: SyntaxNode, value: string | number | boolean | null | undefined): Value {
  return { kind: "literal", value, node };
}

export function plain(value: unknown): string | number | boolean | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? value
    : undefined;
}

/** What production has in a variable of the environment. */
export function variable(name: string, node: SyntaxNode): Value {
  return name === "NODE_ENV" ? literal(node, "production") : { kind: "environment", node };
}

/** A property of a value that was read. */
export function propertyOf(value: Value, key: string, node?: SyntaxNode): Value {
  if (value.kind === "either") return either(...value.values.map((one) => propertyOf(one, key, node)));
  if (value.kind === "absent") return ABSENT;
  if (value.kind === "literal" && (value.value === undefined || value.value === null)) return ABSENT;
  if (value.kind === "environment") return { kind: "environment", node: node ?? value.node };
  if (value.kind !== "object") return { kind: "unknown", node };
  return value.properties.get(key) ?? (value.open ? { kind: "unknown", node } : ABSENT);
}

export function withProperty(
  object: ObjectValue,
  [key = "", ...rest]: readonly string[],
  value: Value,
  perhaps: boolean,
): ObjectValue {
  const before = propertyOf(object, key);
  const inner = before.kind === "object" ? before : emptyObject(object.node);
  const after = rest.length === 0 ? value : withProperty(inner, rest, value, perhaps);
  const properties = new Map(object.properties);
  properties.set(key, perhaps && rest.length === 0 ? either(before, after) : after);
  return { ...object, properties };
}

function emptyObject(node: SyntaxNode): ObjectValue {
  return { kind: "object", properties: new Map(), open: false, node };
}

type Plain = string | number | boolean | null | undefined;

export function calculate(operator: string | undefined, left: Plain, right: Plain): Plain {
  if (operator === "===" || operator === "==") return left === right;
  if (operator === "!==" || operator === "!=") return left !== right;
  if (operator === "+" && typeof left === "string" && typeof right === "string") return left + right;
  if (typeof left !== "number" || typeof right !== "number") return undefined;
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "**":
      return left ** right;
    case ">":
      return left > right;
    case "<":
      return left < right;
  }
  return undefined;
}
