import { type Request, type Response, Router } from "express";
import type { User } from "../accounts/users.ts";
import { aroundForm, aroundPage } from "../http/around.ts";
import { field } from "../http/fields.ts";
import { wantsJson } from "../http/negotiate.ts";
import { type NoticeKey, withNotice } from "../http/notices.ts";
import { operatorOnly, OPERATOR_PATH as PATH } from "../http/operator-only.ts";
import { Problem } from "../http/problem.ts";
import { eventLine } from "../operator/event-line.ts";
import { keyUsage } from "../operator/key-usage.ts";
import { sessionLines } from "../operator/session-line.ts";
import type { Services } from "../services.ts";
import { endAllPage } from "../views/end-all.ts";
import { operatorPage } from "../views/operator.ts";
import { sendPage } from "../views/send.ts";

const PER_PAGE = 50;

/**
 * For operators: `GET /operator?after=HANDLE`, a page of everybody's live sessions, with events and keys;
 * `POST /operator/sessions/:handle/end`, `POST /operator/users/:id/end`; `GET|POST /operator/end-all`, field
 * `confirm=yes`.
 */
export function operatorRoutes(services: Services): Router {
  const { sessions, users, events, log } = services;
  const router = Router();

  router.get(
    PATH,
    operatorOnly(services, async (req, res, user) => {
      const after = handleIn(req.query.after);
      const page = { after, limit: PER_PAGE, current: req.session.handle };
      const overview = {
        ...(await sessionLines(services, page)),
        keys: await keyUsage(sessions),
        events: events.after(0).map((event) => eventLine(users, event)),
      };
      if (wantsJson(req)) res.vary("Accept").json(overview);
      else
        sendPage(
          res,
          operatorPage({ ...overview, first: after === undefined, operator: user.id }),
          await aroundPage(services, req, user),
        );
    }),
  );

  /** Says what was done. Whoever has ended their own session begins again at the log-in page. */
  const reply = async (req: Request, res: Response, done: Done): Promise<void> => {
    log.warn("operator ended sessions", { what: done.what, ended: done.ended, operator: done.by.id });
    if (done.own) await forgetCookie(req);
    const { message, ended, own } = done;
    if (wantsJson(req)) res.json({ message, ended, current: own });
    else res.redirect(303, withNotice(own ? "/login" : PATH, done.notice));
  };

  router.post(
    `${PATH}/sessions/:handle/end`,
    operatorOnly(
      services,
      async (req, res, by) => {
        const handle = String(req.params.handle);
        const own = handle === req.session.handle;
        if (!(await sessions.revoke(handle))) {
          throw new Problem(
            404,
            "ERR_NO_SUCH_SESSION",
            "There is no such session; it may have ended already.",
          );
        }
        const notice = own ? "logged-out" : "session-ended";
        await reply(req, res, { what: "one", message: "The session was ended.", ended: 1, own, notice, by });
      },
      PATH,
    ),
  );

  router.post(
    `${PATH}/users/:id/end`,
    operatorOnly(
      services,
      async (req, res, by) => {
        const id = String(req.params.id);
        const ended = await sessions.revokeUser(id);
        const own = id === by.id;
        const notice = own ? "logged-out" : "user-ended";
        const message = "All sessions of that user were ended.";
        await reply(req, res, { what: "user", message, ended, own, notice, by });
      },
      PATH,
    ),
  );

  router.get(
    `${PATH}/end-all`,
    operatorOnly(services, (req, res, user) => {
      if (wantsJson(req)) res.json({ fields: ["confirm"] });
      else sendPage(res, endAllPage(), aroundForm(services, user));
    }),
  );

  router.post(
    `${PATH}/end-all`,
    operatorOnly(
      services,
      async (req, res, by) => {
        if (field(req, "confirm") !== "yes") {
          const how =
            'This ends every session of everybody, yours too. Send confirm: "yes" if that is what you want.';
          throw new Problem(400, "ERR_CONFIRM", how);
        }
        const ended = await sessions.revokeAll();
        const message = "All sessions were ended, yours too.";
        await reply(req, res, { what: "all", message, ended, own: true, notice: "all-ended", by });
      },
      PATH,
    ),
  );
  return router;
}

interface Done {
  readonly what: "one" | "user" | "all";
  readonly message: string;
  readonly ended: number;
  /** True if the operator's own session was among them. */
  readonly own: boolean;
  readonly notice: NoticeKey;
  readonly by: User;
}

/** Anybody may have written the URL; what is no handle is the first page. */
function handleIn(value: unknown): string | undefined {
  return typeof value === "string" && /^[\w-]{22}$/.test(value) ? value : undefined;
}

/** The session is over already; this takes its cookie away. */
async function forgetCookie(req: Request): Promise<void> {
  await req.session.signOut();
}
