/**
 * What an expression's value is where the app runs in production, as far as that can be read without running it.
 *
 * @module
 */
import { isRun } from "./flow.ts";
import type { Declaration, Names } from "./names.ts";
import { bare, child, isCall, isFunction, isMember, keyOf, list, type SyntaxNode, text } from "./node.ts";
import type { Tree } from "./tree.ts";
import {
  calculate,
  either,
  literal,
  missing,
  not,
  type ObjectValue,
  plain,
  propertyOf,
  truth,
  type Value,
  variable,
  withProperty,
} from "./value.ts";

/** Deep enough for options, and shallow enough that names which refer to each other come to an end. */
const DEEPEST = 30;

/** Reads the values of one file. */
export class Values {
  readonly #tree: Tree;
  readonly #names: Names;
  /** Names that are built from names would otherwise be read twice as often with each step. */
  readonly #known = new Map<SyntaxNode, Value>();

  constructor(tree: Tree, names: Names) {
    this.#tree = tree;
    this.#names = names;
  }

  read(node: SyntaxNode | undefined, depth = 0): Value {
    const inner = bare(node);
    if (inner === undefined || depth > DEEPEST) return { kind: "unknown", node: inner };
    const known = this.#known.get(inner);
    if (known !== undefined) return known;
    const value = this.#readAnew(inner, depth);
    this.#known.set(inner, value);
    return value;
  }

  #readAnew(inner: SyntaxNode, depth: number): Value {
    switch (inner.type) {
      case "StringLiteral":
      case "NumericLiteral":
      case "BooleanLiteral":
        return literal(inner, plain(Reflect.get(inner, "value")));
      case "NullLiteral":
        return literal(inner, null);
      case "TemplateLiteral":
        return this.#template(inner);
      case "ArrayExpression":
        return this.#list(inner, depth);
      case "ObjectExpression":
        return this.#object(inner, depth);
      case "UnaryExpression":
        return this.#unary(inner, depth);
      case "BinaryExpression":
        return this.#binary(inner, depth);
      case "LogicalExpression":
        return this.#logical(inner, depth);
      case "ConditionalExpression":
        return this.#conditional(inner, depth);
      case "Identifier":
        return this.#name(inner, depth);
      case "NewExpression":
        return this.#made(inner);
    }
    if (isFunction(inner)) return { kind: "function", node: inner };
    if (isMember(inner)) return this.#member(inner, depth);
    if (isCall(inner)) return this.#call(inner, depth);
    return { kind: "unknown", node: inner };
  }

  #template(node: SyntaxNode): Value {
    const [quasi, ...more] = list(node, "quasis");
    const cooked: unknown = quasi && Reflect.get(Object(Reflect.get(quasi, "value")), "cooked");
    return more.length === 0 && typeof cooked === "string"
      ? literal(node, cooked)
      : { kind: "unknown", node };
  }

  #list(node: SyntaxNode, depth: number): Value {
    const items = list(node, "elements").map(
      (one): Value =>
        one?.type === "SpreadElement" ? { kind: "unknown", node: one } : this.read(one, depth + 1),
    );
    return { kind: "list", items, node };
  }

  #object(node: SyntaxNode, depth: number): ObjectValue {
    const properties = new Map<string, Value>();
    let open = false;
    for (const property of list(node, "properties")) {
      if (property?.type === "SpreadElement") {
        const spread = this.read(child(property, "argument"), depth + 1);
        if (spread.kind !== "object") open = true;
        else {
          for (const [key, value] of spread.properties) properties.set(key, value);
          open ||= spread.open;
        }
        continue;
      }
      const key = keyOf(property);
      if (property === undefined || key === undefined) open = true;
      else if (isFunction(property)) properties.set(key, { kind: "function", node: property });
      else properties.set(key, this.read(child(property, "value"), depth + 1));
    }
    return { kind: "object", properties, open, node };
  }

  #unary(node: SyntaxNode, depth: number): Value {
    const operand = this.read(child(node, "argument"), depth + 1);
    const operator = text(node, "operator");
    if (operator === "void") return literal(node, undefined);
    if (operator === "!") {
      const is = truth(operand);
      return is === undefined ? { kind: "unknown", node } : literal(node, !is);
    }
    if (operand.kind !== "literal" || typeof operand.value !== "number") return { kind: "unknown", node };
    return operator === "-" ? literal(node, -operand.value) : { kind: "unknown", node };
  }

  #binary(node: SyntaxNode, depth: number): Value {
    const left = this.read(child(node, "left"), depth + 1);
    const right = this.read(child(node, "right"), depth + 1);
    if (left.kind !== "literal" || right.kind !== "literal") return { kind: "unknown", node };
    const result = calculate(text(node, "operator"), left.value, right.value);
    return result === undefined ? { kind: "unknown", node } : literal(node, result);
  }

  #logical(node: SyntaxNode, depth: number): Value {
    const left = this.read(child(node, "left"), depth + 1);
    const right = this.read(child(node, "right"), depth + 1);
    const operator = text(node, "operator");
    const goesOn = operator === "??" ? missing(left) : operator === "||" ? not(truth(left)) : truth(left);
    if (goesOn === undefined) return either(left, right);
    return goesOn ? right : left;
  }

  #conditional(node: SyntaxNode, depth: number): Value {
    const is = truth(this.read(child(node, "test"), depth + 1));
    const branch = (field: string): Value => this.read(child(node, field), depth + 1);
    if (is === undefined) return either(branch("consequent"), branch("alternate"));
    return branch(is ? "consequent" : "alternate");
  }

  #name(node: SyntaxNode, depth: number): Value {
    if (text(node, "name") === "undefined") return literal(node, undefined);
    const declaration = this.#names.declarationOf(node);
    if (declaration?.value === undefined) return { kind: "unknown", node };
    if (isFunction(declaration.value)) return { kind: "function", node: declaration.value };
    if (isProcessEnv(declaration.value) && declaration.key !== undefined) {
      return variable(declaration.key, node);
    }
    const whole = this.read(declaration.value, depth + 1);
    if (declaration.key !== undefined) return propertyOf(whole, declaration.key, node);
    return whole.kind === "object" ? this.#patched(whole, declaration, depth) : whole;
  }

  #member(node: SyntaxNode, depth: number): Value {
    const key = keyOf(node);
    if (key === undefined) return { kind: "unknown", node };
    if (isProcessEnv(child(node, "object"))) return variable(key, node);
    return propertyOf(this.read(child(node, "object"), depth + 1), key, node);
  }

  #call(node: SyntaxNode, depth: number): Value {
    const callee = bare(child(node, "callee"));
    const args = list(node, "arguments");
    // Express's name for NODE_ENV.
    if (isMember(callee) && keyOf(callee) === "get" && text(args[0], "value") === "env") {
      return literal(node, "production");
    }
    if (
      isMember(callee) &&
      text(child(callee, "object"), "name") === "Object" &&
      keyOf(callee) === "freeze"
    ) {
      return this.read(args[0], depth + 1);
    }
    // Made of the environment, whatever is done to it: `Number(process.env.PORT)`, `process.env.SECRETS.split(",")`.
    const sources = [...args, isMember(callee) ? child(callee, "object") : undefined];
    if (sources.some((one) => one && this.read(one, depth + 1).kind === "environment")) {
      return { kind: "environment", node };
    }
    return this.#made(node);
  }

  #made(node: SyntaxNode): Value {
    const by = bare(child(node, "callee"));
    if (by === undefined) return { kind: "unknown", node };
    return { kind: "made", by, args: list(node, "arguments").filter((one) => one !== undefined), node };
  }

  /** With what is assigned to its properties later on: `options.cookie.secure = true`. */
  #patched(whole: ObjectValue, declaration: Declaration, depth: number): ObjectValue {
    let object = whole;
    for (const assignment of this.#tree.all("AssignmentExpression")) {
      const path = this.#pathFrom(declaration, child(assignment, "left"));
      if (path === undefined) continue;
      const runs = this.#isRun(assignment, declaration.scope, depth);
      if (runs === false) continue;
      const value =
        text(assignment, "operator") === "="
          ? this.read(child(assignment, "right"), depth + 1)
          : ({ kind: "unknown", node: assignment } as const);
      object = withProperty(object, path, value, runs === undefined);
    }
    return object;
  }

  /** The keys between the declared name and what is assigned to; `undefined` if it is another name. */
  #pathFrom(declaration: Declaration, target: SyntaxNode | undefined): readonly string[] | undefined {
    const path: string[] = [];
    let at = bare(target);
    for (; isMember(at); at = bare(child(at, "object"))) {
      const key = keyOf(at);
      if (key === undefined) return undefined;
      path.unshift(key);
    }
    if (path.length === 0 || at?.type !== "Identifier" || text(at, "name") !== declaration.name)
      return undefined;
    return this.#names.declarationOf(at) === declaration ? path : undefined;
  }

  /** False where production never gets: the other branch of a condition on `NODE_ENV`. */
  isReached(node: SyntaxNode): boolean {
    return this.#isRun(node, this.#tree.root, 0) !== false;
  }

  /** Whether production gets there; `undefined` where that depends on more. */
  #isRun(node: SyntaxNode, until: SyntaxNode, depth: number): boolean | undefined {
    return isRun(this.#tree, node, until, (condition) => truth(this.read(condition, depth + 1)));
  }
}

/** `process.env`, also as an expression of `import process`. */
function isProcessEnv(node: SyntaxNode | undefined): boolean {
  const inner = bare(node);
  return (
    isMember(inner) && keyOf(inner) === "env" && text(bare(child(inner, "object")), "name") === "process"
  );
}
