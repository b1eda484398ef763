/**
 * Ids, trust in proxies, and what `req.session = null` means.
 *
 * @module
 */
import type { Setup } from "../setup.ts";
import { child, isMember, keyOf, type SyntaxNode, text } from "../syntax/node.ts";
import { possible } from "../syntax/value.ts";
import { left, maybe, type SetupRule, STORE_LIBRARIES } from "./setup-rule.ts";

export const REQUEST_RULES: readonly SetupRule[] = [
  {
    id: "own-ids",
    level: "warning",
    row: "TOK-01",
    source: "ASVS 7.2.3, 11.5.1; NIST SP 800-63B-4 5.1",
    why: "An id that can be guessed is a session that can be taken; UUIDs have 122 random bits at best, and some none.",
    libraries: STORE_LIBRARIES,
    look: (setup) => {
      const given = setup.option("genid", "idGenerator");
      return possible(given).some(({ kind }) => kind !== "absent" && kind !== "literal" && kind !== "unknown")
        ? { at: setup.at(given), what: `the app makes its own session ids${drawnFrom(setup)}` }
        : undefined;
    },
    instead: () => "no function for ids: the library's own are from a secure source",
    holdfast: "session({ … })  // 256 random bits and a MAC",
  },
  {
    id: "proxy-trusted-blindly",
    level: "warning",
    row: "COOK-13",
    source: "ASVS 4.1.3, 15.3.4",
    why: "Where somebody reaches Node without the proxy, they say themselves whether they came over HTTPS, and from where.",
    libraries: ["express-session", "holdfast/compat"],
    look: (setup) => {
      const proxy = setup.option("proxy");
      return maybe(proxy, true)
        ? { at: setup.at(proxy), what: "`proxy: true` believes everybody" }
        : undefined;
    },
    instead: () =>
      'no `proxy`, and app.set("trust proxy", 1): the number of proxies in front, or their addresses',
    holdfast: 'app.set("trust proxy", 1); app.use(session({ … }))  // Express\'s setting decides',
  },
  {
    id: "unset-keeps",
    level: "note",
    row: "LIFE-10",
    source: "ASVS 7.4.1",
    why: "`req.session = null` only drops this request's changes: the session goes on, with its cookie.",
    libraries: ["express-session", "holdfast/compat"],
    look: (setup) => {
      const unset = setup.option("unset");
      if (maybe(unset, "keep")) return { at: setup.at(unset), what: '`unset` is "keep"' };
      return left(unset)
        ? { at: setup.at(unset), what: '`unset` is not set, which means "keep"' }
        : undefined;
    },
    instead: () => 'unset: "destroy"',
    holdfast: "session({ … })  // req.session = null ends the session",
  },
];

/** Sources of numbers that are no secret. */
function drawnFrom({ program }: Setup): string {
  const weak = program.tree.all("MemberExpression").some((node) => isMathRandom(node));
  return weak ? ", and the file uses Math.random()" : "";
}

function isMathRandom(node: SyntaxNode): boolean {
  return isMember(node) && keyOf(node) === "random" && text(child(node, "object"), "name") === "Math";
}
