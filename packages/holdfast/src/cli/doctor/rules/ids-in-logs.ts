import type { Handlers } from "../handlers.ts";
import { bare, child, isCall, isMember, keyOf, type SyntaxNode, text } from "../syntax/node.ts";
import type { Sight } from "./setup-rule.ts";

const LOGS = new Set(["log", "info", "warn", "error", "debug", "trace", "fatal", "verbose"]);
const LOGGERS = /^(?:console|log|logger|winston|pino)$/i;
const HASHES = /hash|hmac|digest|mask|redact/i;

/** Session ids and cookie headers that are given to a logger as they are. */
export function idsInLogs(handlers: Handlers): readonly Sight[] {
  const { tree } = handlers.program;
  return tree.all("MemberExpression", "OptionalMemberExpression").flatMap((node) => {
    const name = idName(node, handlers);
    if (name === undefined) return [];
    for (const outer of tree.around(node)) {
      if (!isCall(outer)) {
        if (outer.type.endsWith("Statement") || outer.type === "VariableDeclarator") return [];
        continue;
      }
      const callee = bare(child(outer, "callee"));
      if (HASHES.test(keyOf(callee) ?? text(callee, "name") ?? "")) return [];
      if (isLog(callee)) return [{ at: node, what: `${name} is written to the log` }];
    }
    return [];
  });
}

function idName(node: SyntaxNode, handlers: Handlers): string | undefined {
  const key = keyOf(node);
  if (key === "sessionID") return "`req.sessionID`";
  const ofSession = handlers.isSession(child(node, "object"));
  if (ofSession && (key === "id" || key === "sessionId" || key === "encryptedSessionId")) {
    return `the session's \`${key}\``;
  }
  return key === "cookie" && keyOf(child(node, "object")) === "headers" ? "the cookie header" : undefined;
}

/** `console.log`, `req.log.info`, `logger.warn`. */
function isLog(callee: SyntaxNode | undefined): boolean {
  if (!isMember(callee) || !LOGS.has(keyOf(callee) ?? "")) return false;
  const object = bare(child(callee, "object"));
  return LOGGERS.test((isMember(object) ? keyOf(object) : text(object, "name")) ?? "");
}
