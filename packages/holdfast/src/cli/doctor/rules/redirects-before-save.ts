import type { Handlers } from "../handlers.ts";
import { leadsTo } from "../syntax/flow.ts";
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
          leadsTo(tree, one.node, redirect) &&
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
