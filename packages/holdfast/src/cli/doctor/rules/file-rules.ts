/**
 * What only a whole file shows: several sessions side by side, and whom the app believes.
 *
 * @module
 */
import type { Rule } from "../finding.ts";
import type { Program, Setup } from "../setup.ts";
import { areAlternatives } from "../syntax/flow.ts";
import { bare, child, isMember, keyOf, list, type SyntaxNode, text } from "../syntax/node.ts";
import { maybe, type Sight, texts } from "./setup-rule.ts";

export interface FileRule extends Rule {
  readonly look: (program: Program, setups: readonly Setup[]) => readonly Sight[];
  readonly instead: string;
}

export const FILE_RULES: readonly FileRule[] = [
  {
    id: "same-name-twice",
    level: "warning",
    row: "COOK-09",
    source: "RFC 6265bis 4.1.1, 4.2.2, 8.6",
    why: "Two middlewares write the same cookie: which of them a request's session belongs to is left to chance.",
    look: namesakes,
    instead: "another name for each, or one middleware that is used in both places",
    holdfast: 'const sessions = session({ … }); app.use("/a", sessions); app.use("/b", sessions)',
  },
  {
    id: "trust-proxy-all",
    level: "warning",
    row: "MON-03",
    source: "ASVS 4.1.3, 15.3.4",
    why: "Where somebody reaches Node without the proxy, they say themselves whether they came over HTTPS, and from where.",
    look: (program, setups) => (setups.length === 0 ? [] : trustsEverybody(program)),
    instead: 'app.set("trust proxy", 1)  // the number of proxies in front, or their addresses',
    holdfast: 'app.set("trust proxy", 1)',
  },
];

function namesakes({ tree }: Program, setups: readonly Setup[]): readonly Sight[] {
  // iron-session is called for each request, with the same options; and what is made in one function is for one app.
  const made = setups
    .filter(({ library }) => library.name !== "iron-session")
    .map((setup) => ({ setup, name: texts(setup.cookieName())[0], scope: tree.functionOf(setup.node) }));
  return made.flatMap(({ setup, name, scope }, index) => {
    if (name === undefined) return [];
    const first = made.slice(0, index).find((one) => one.name === name && one.scope === scope);
    if (first === undefined || areAlternatives(tree, first.setup.node, setup.node)) return [];
    return [{ at: setup.node, what: `another middleware with the cookie name \`${name}\`` }];
  });
}

/** `app.set("trust proxy", true)`, `app.enable("trust proxy")`, `fastify({ trustProxy: true })`. */
function trustsEverybody({ tree, values }: Program): readonly Sight[] {
  return tree.all("CallExpression").flatMap((call): readonly Sight[] => {
    const callee = bare(child(call, "callee"));
    const [first, second] = list(call, "arguments");
    const method = isMember(callee) ? keyOf(callee) : undefined;
    if (
      isTrustProxy(first) &&
      (method === "enable" || (method === "set" && maybe(values.read(second), true)))
    ) {
      return [{ at: call, what: "`trust proxy` is true: every proxy is believed" }];
    }
    const trusting = list(first, "properties").find((one) => keyOf(one) === "trustProxy");
    if (
      text(callee, "name")?.toLowerCase() === "fastify" &&
      trusting &&
      maybe(values.read(child(trusting, "value")), true)
    ) {
      return [{ at: trusting, what: "`trustProxy` is true: every proxy is believed" }];
    }
    return [];
  });
}

function isTrustProxy(node: SyntaxNode | undefined): boolean {
  return text(node, "value") === "trust proxy";
}
