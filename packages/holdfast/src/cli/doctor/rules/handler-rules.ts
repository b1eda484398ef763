/**
 * What handlers do: signing in, signing out, redirects, logs.
 *
 * @module
 */
import type { Rule } from "../finding.ts";
import type { Assignment, Handlers } from "../handlers.ts";
import type { LibraryName } from "../libraries.ts";
import type { SyntaxNode } from "../syntax/node.ts";
import { possible } from "../syntax/value.ts";
import { idsInLogs } from "./ids-in-logs.ts";
import { redirectsBeforeSave } from "./redirects-before-save.ts";
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
