import type { Handlers } from "../handlers.ts";
import { child, list, type SyntaxNode } from "../syntax/node.ts";
import type { Sight } from "./setup-rule.ts";

/** Redirects that follow a change of the session in the same handler, with no `save` between them. */
export function redirectsBeforeSave(handlers: Handlers): readonly Sight[] {
  const { tree } = handlers.program;
  const written = handlers.assignments.filter(({ key, value }) => key !== undefined && value !== undefined);
  const handled = new Set(written.map(({ handler }) => handler));
  return [...handled].flatMap((handler) =>
    handlers.calls(handler, "redirect").flatMap((redirect) => {
      const before = written.find(
        (one) =>
          one.handler === handler &&
          one.node.end <= redirect.start &&
          tree.functionOf(one.node) === tree.functionOf(redirect) &&
          leadsTo(one.node, redirect, handlers) &&
          !handlers
            .calls(handler, "save", "destroy", "regenerate")
            .some((call) => call.start > one.node.end && call.start < redirect.start),
      );
      return before
        ? [{ at: redirect, what: `a redirect follows \`${before.key}\`, which may not be stored yet` }]
        : [];
    }),
  );
}

/** Whether what runs first may be followed by the other: neither a `return` nor the other branch of an `if` lies between. */
function leadsTo(first: SyntaxNode, second: SyntaxNode, { program: { tree } }: Handlers): boolean {
  let inner = first;
  for (const outer of tree.around(first)) {
    if (tree.isWithin(second, outer)) return outer.type !== "IfStatement" || inner === child(outer, "test");
    const last = outer.type === "BlockStatement" ? list(outer, "body").at(-1) : undefined;
    if (last?.type === "ReturnStatement" || last?.type === "ThrowStatement") return false;
    inner = outer;
  }
  return true;
}
