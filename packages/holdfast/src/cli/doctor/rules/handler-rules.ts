/**
 * Handlers: signing in, signing out, redirects, logs.
 *
 * @module
 */
import type { Rule } from "../finding.ts";
import type { Assignment, Handlers } from "../handlers.ts";
import type { LibraryName } from "../libraries.ts";
import { bare, child, isCall, isMember, keyOf, list, type SyntaxNode, text } from "../syntax/node.ts";
import { possible } from "../syntax/value.ts";
import type { Sight } from "./setup-rule.ts";

/** A rule about what handlers do. */
export interface HandlerRule extends Rule {
  /** Of apps on these libraries. */
  readonly libraries: readonly LibraryName[];
  readonly look: (handlers: Handlers) => readonly Sight[];
  readonly instead: string;
  /** Not of apps that say themselves who the user is (`identify`). */
  readonly unlessIdentified?: boolean;
}

/** Keys that say who is signed in. */
const USER_KEY =
  /^(?:(?:current|logged_?in|auth)?_?user(?:_?(?:id|name))?|uid|account(?:_?id)?|principal|is_?(?:authenticated|admin|logged_?in|auth)|authenticated|logged_?in|admin)$/i;

/** What `identify` of Holdfast looks at where the app gives none. */
const IDENTIFIED: ReadonlySet<string | undefined> = new Set(["userId", "user", "passport"]);

const STORED: readonly LibraryName[] = ["express-session", "holdfast/compat", "@fastify/session"];

/** Calls that give the session a new id: Passport's `login` does since 0.6. */
const RENEWALS = ["regenerate", "regenerateAsync", "logIn", "login", "signIn"] as const;

const ENDINGS = ["destroy", "regenerate", "logout", "logOut", "signOut", "revoke"] as const;

export const HANDLER_RULES: readonly HandlerRule[] = [
  {
    id: "sign-in-without-new-id",
    level: "error",
    row: "LIFE-01",
    source: "ASVS 7.2.4; OWASP WSTG-SESS-03",
    why: "Whoever planted or saw the id before the sign-in is signed in with it afterwards (session fixation).",
    libraries: STORED,
    look: (handlers) =>
      oncePerHandler(
        handlers.assignments.filter(
          (one) => signsIn(one, handlers) && handlers.calls(one.handler, ...RENEWALS).length === 0,
        ),
      ).map((one) => ({
        at: one.node,
        what: `\`${one.key}\` is set without \`regenerate\` in the same handler`,
      })),
    instead:
      "req.session.regenerate((error) => { if (error) return next(error); req.session.userId = user.id; … })",
    holdfast: "await req.session.signIn(user.id)  // a new id; assigning req.session.userId does it too",
  },
  {
    id: "user-not-identified",
    level: "error",
    row: "LIFE-01",
    source: "ASVS 7.2.4; OWASP WSTG-SESS-03",
    why: "Holdfast does not know that this is a sign-in: the id stays, and the user's sessions cannot be listed or revoked.",
    libraries: ["holdfast"],
    unlessIdentified: true,
    look: (handlers) =>
      oncePerHandler(
        handlers.assignments.filter(
          (one) =>
            signsIn(one, handlers) &&
            !IDENTIFIED.has(one.key) &&
            handlers.calls(one.handler, ...RENEWALS).length === 0 &&
            !handlers.assignments.some(({ key, handler }) => IDENTIFIED.has(key) && handler === one.handler),
        ),
      ).map((one) => ({
        at: one.node,
        what: `\`${one.key}\` seems to say who is signed in, and \`identify\` does not read it`,
      })),
    instead: "await req.session.signIn(user.id)",
    holdfast: "session({ identify: (data) => data.accountId })  // where the key has to stay",
  },
  {
    id: "sign-out-keeps-session",
    level: "warning",
    row: "LIFE-10",
    source: "ASVS 7.4.1; OWASP WSTG-SESS-06",
    why: "The session goes on, in the store and in the browser, with whatever else is in it.",
    libraries: STORED,
    look: (handlers) =>
      oncePerHandler(
        handlers.assignments.filter(
          (one) =>
            signsOut(one, handlers) && handlers.calls(one.handler, ...ENDINGS, ...RENEWALS).length === 0,
        ),
      ).map((one) => ({
        at: one.node,
        what:
          one.key === undefined
            ? "`req.session` is let go, not destroyed"
            : `\`${one.key}\` is removed, and the session kept`,
      })),
    instead: 'req.session.destroy((error) => { if (error) return next(error); res.redirect("/"); })',
    holdfast: "await req.session.signOut()",
  },
  {
    id: "redirect-before-save",
    level: "warning",
    row: "STORE-03",
    source: "ASVS 15.4.1",
    why: "The browser follows the redirect before the session is stored, and the next page may not see what was set.",
    libraries: ["express-session"],
    look: redirectsBeforeSave,
    instead: "req.session.save((error) => { if (error) return next(error); res.redirect(…); })",
    holdfast: "res.redirect(…)  // the reply waits for the save",
  },
  {
    id: "id-in-log",
    level: "error",
    row: "LOG-01",
    source: "ASVS 16.2.5; OWASP Logging",
    why: "Whoever reads the log has what it takes to go on with other people's sessions.",
    libraries: STORED,
    look: idsInLogs,
    instead: 'a keyed hash of it: createHmac("sha256", key).update(req.sessionID).digest("hex")',
    holdfast: "log.info({ session: req.session.handle })  // a public name, worthless as a cookie",
  },
];

function oncePerHandler(found: readonly Assignment[]): readonly Assignment[] {
  return found.filter((one, index) => found.findIndex(({ handler }) => handler === one.handler) === index);
}

function signsIn({ key, value }: Assignment, handlers: Handlers): boolean {
  if (key === undefined || value === undefined || !USER_KEY.test(key)) return false;
  if (isNothing(value, handlers)) return false;
  // An update of what is there already: `req.session.user = { ...req.session.user, name }`.
  return !handlers.program.tree
    .all("MemberExpression", "OptionalMemberExpression")
    .some((node) => handlers.program.tree.isWithin(node, value) && handlers.isSession(node));
}

function signsOut({ key, value, node }: Assignment, handlers: Handlers): boolean {
  if (key !== undefined && !USER_KEY.test(key)) return false;
  return node.type === "UnaryExpression" || (value !== undefined && isNothing(value, handlers));
}

/** `null`, `undefined`, `false` or an empty text. */
function isNothing(value: SyntaxNode, { program }: Handlers): boolean {
  return possible(program.values.read(value)).every((one) => one.kind === "literal" && !one.value);
}

function redirectsBeforeSave(handlers: Handlers): readonly Sight[] {
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

const LOGS = new Set(["log", "info", "warn", "error", "debug", "trace", "fatal", "verbose"]);
const LOGGERS = /^(?:console|log|logger|winston|pino)$/i;
const HASHES = /hash|hmac|digest|mask|redact/i;

function idsInLogs(handlers: Handlers): readonly Sight[] {
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
