/**
 * What a name stands for: an import, a value written down nearby, or something that cannot be told.
 *
 * @module
 */
import { bare, child, FUNCTIONS, isCall, isMember, keyOf, list, type SyntaxNode, text } from "./node.ts";
import type { Tree } from "./tree.ts";

/** What was imported, however it was: `name` is `"default"`, `"*"` for all of it, or an export's name. */
export interface Origin {
  readonly module: string;
  readonly name: string;
}

/** One declaration of a name. */
export interface Declaration {
  readonly name: string;
  /** The function, or program, in which the name stands for this. */
  readonly scope: SyntaxNode;
  readonly origin?: Origin;
  /** Its first value; of a name without one that is assigned once, that. */
  readonly value?: SyntaxNode;
  /** Where the value is destructured: the key under which the name's own value is found. */
  readonly key?: string;
}

/** The names of one file. Blocks are not told apart: two declarations of a name in one function make it unknown. */
export class Names {
  readonly #tree: Tree;
  readonly #declarations = new Map<string, Declaration[]>();

  constructor(tree: Tree) {
    this.#tree = tree;
    this.#addImports();
    const assigned = assignments(tree);
    for (const node of tree.all("VariableDeclarator")) this.#addVariable(node, assigned);
    for (const node of tree.all("FunctionDeclaration", "ClassDeclaration")) {
      const name = text(child(node, "id"), "name");
      if (name !== undefined) this.#add({ name, scope: tree.functionOf(node), value: node });
    }
    for (const node of tree.all(...FUNCTIONS)) this.#addParameters(node);
  }

  /** What the name stands for at that place; `undefined` where that cannot be told. */
  declarationOf(identifier: SyntaxNode): Declaration | undefined {
    const name = text(identifier, "name");
    const candidates = name === undefined ? undefined : this.#declarations.get(name);
    if (candidates === undefined) return undefined;
    for (const outer of this.#tree.around(identifier)) {
      const here = candidates.filter(({ scope }) => scope === outer);
      if (here.length > 0) return here.length === 1 ? here[0] : undefined;
    }
    return undefined;
  }

  /** The import behind an expression: `session`, `session.default`, `require("express-session").MemoryStore`. */
  originOf(node: SyntaxNode | undefined, depth = 0): Origin | undefined {
    const inner = bare(node);
    if (inner === undefined || depth > 20) return undefined;
    if (inner.type === "Identifier") return this.#originOfName(inner, depth);
    if (isMember(inner)) {
      const whole = this.originOf(child(inner, "object"), depth + 1);
      const key = keyOf(inner);
      return whole === undefined || key === undefined ? undefined : exportOf(whole, key);
    }
    const module = requiredModule(inner);
    return module === undefined ? undefined : { module, name: "*" };
  }

  #originOfName(identifier: SyntaxNode, depth: number): Origin | undefined {
    const declaration = this.declarationOf(identifier);
    if (declaration?.origin) return declaration.origin;
    const whole = this.originOf(declaration?.value, depth + 1);
    if (whole === undefined || declaration?.key === undefined) return whole;
    return exportOf(whole, declaration.key);
  }

  #add(declaration: Declaration): void {
    const alike = this.#declarations.get(declaration.name);
    if (alike === undefined) this.#declarations.set(declaration.name, [declaration]);
    else alike.push(declaration);
  }

  #addImports(): void {
    const scope = this.#tree.root;
    for (const node of this.#tree.all("ImportDeclaration")) {
      const module = text(child(node, "source"), "value");
      if (module === undefined) continue;
      for (const specifier of list(node, "specifiers")) {
        const local = text(child(specifier, "local"), "name");
        if (local === undefined) continue;
        const imported = child(specifier, "imported");
        const named = text(imported, "name") ?? text(imported, "value");
        const name = specifier?.type === "ImportNamespaceSpecifier" ? "*" : (named ?? "default");
        this.#add({ name: local, scope, origin: { module, name } });
      }
    }
    for (const node of this.#tree.all("TSImportEqualsDeclaration")) {
      const module = text(child(child(node, "moduleReference"), "expression"), "value");
      const local = text(child(node, "id"), "name");
      if (module !== undefined && local !== undefined)
        this.#add({ name: local, scope, origin: { module, name: "*" } });
    }
  }

  #addVariable(node: SyntaxNode, assigned: ReadonlyMap<string, readonly SyntaxNode[]>): void {
    const scope = this.#tree.functionOf(node);
    const target = child(node, "id");
    const value = child(node, "init");
    if (target?.type === "ObjectPattern") {
      for (const property of list(target, "properties")) {
        const name = text(patternTarget(child(property, "value")), "name");
        const key = keyOf(property);
        if (name === undefined) continue;
        if (key === undefined || value === undefined) this.#add({ name, scope });
        else this.#add({ name, scope, key, value });
      }
      return;
    }
    const name = text(target, "name");
    if (name === undefined) return;
    const later = assigned.get(name) ?? [];
    if (value !== undefined && later.length === 0) this.#add({ name, scope, value });
    else if (value === undefined && later.length === 1 && later[0])
      this.#add({ name, scope, value: later[0] });
    else this.#add({ name, scope });
  }

  #addParameters(node: SyntaxNode): void {
    for (const parameter of list(node, "params")) {
      for (const name of namesIn(parameter)) this.#add({ name, scope: node });
    }
  }
}

/** The names that a parameter binds. */
export function namesIn(pattern: SyntaxNode | undefined): readonly string[] {
  const target = patternTarget(pattern);
  if (target?.type === "ObjectPattern") {
    return list(target, "properties").flatMap((one) =>
      namesIn(child(one, "value") ?? child(one, "argument")),
    );
  }
  if (target?.type === "ArrayPattern") return list(target, "elements").flatMap(namesIn);
  const name = text(target, "name");
  return name === undefined ? [] : [name];
}

/** Without a default, a rest's dots or a constructor's `private`. */
function patternTarget(pattern: SyntaxNode | undefined): SyntaxNode | undefined {
  if (pattern?.type === "AssignmentPattern") return child(pattern, "left");
  if (pattern?.type === "RestElement") return child(pattern, "argument");
  if (pattern?.type === "TSParameterProperty") return patternTarget(child(pattern, "parameter"));
  return pattern;
}

/** `require("x")`, `import("x")`. */
function requiredModule(node: SyntaxNode): string | undefined {
  if (node.type === "ImportExpression") return text(child(node, "source"), "value");
  if (!isCall(node)) return undefined;
  const callee = child(node, "callee");
  if (callee?.type !== "Import" && text(callee, "name") !== "require") return undefined;
  const [module] = list(node, "arguments");
  return text(module, "value");
}

/** `require("x").default` is what `import x` gives, where the module is made from one. */
function exportOf({ module, name }: Origin, key: string): Origin {
  return name === "*" || name === "default" ? { module, name: key } : { module, name: `${name}.${key}` };
}

/** The values that are assigned to plain names, by name. */
function assignments(tree: Tree): Map<string, SyntaxNode[]> {
  const found = new Map<string, SyntaxNode[]>();
  for (const node of tree.all("AssignmentExpression")) {
    const [name, value] = [text(child(node, "left"), "name"), child(node, "right")];
    if (name === undefined || value === undefined) continue;
    found.set(name, [...(found.get(name) ?? []), value]);
  }
  return found;
}
