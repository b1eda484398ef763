import { type Request, Router } from "express";
import { OPERATOR_PATH, operatorOnly } from "../http/operator-only.ts";
import { Problem } from "../http/problem.ts";
import { eventLine } from "../operator/event-line.ts";
import { EventStream } from "../operator/event-stream.ts";
import type { Services } from "../services.ts";

/** A browser asks for it by itself, again and again: that is nobody's activity. */
export const OPERATOR_EVENTS_PATH: string = `${OPERATOR_PATH}/events`;

/** Each holds a connection and some memory. */
const MOST_STREAMS = 20;

/** `GET /operator/events?after=ID`: events as they come, for operators, until their session ends. */
export function operatorEventRoutes(services: Services): Router {
  const { sessions, users, events } = services;
  const router = Router();
  router.get(
    OPERATOR_EVENTS_PATH,
    operatorOnly(services, (req, res, { id: user }) => {
      if (events.onlookers >= MOST_STREAMS) {
        throw new Problem(503, "ERR_BUSY", "Too many operators are looking on.", { retryAfter: 60 });
      }
      const { handle } = req.session;
      let leave = (): void => {};
      const stream = new EventStream(res, {
        allowed: async () => (await sessions.list(user)).some((session) => session.handle === handle),
        text: (event) => JSON.stringify(eventLine(users, event)),
        ended: () => leave(),
      });
      for (const event of events.after(lastSeen(req))) stream.note(event);
      leave = events.join(stream);
    }),
  );
  return router;
}

/** The number of the last event that the page has; browsers that come back say it in a header. */
function lastSeen(req: Request): number {
  const text = req.get("last-event-id") ?? req.query.after;
  return typeof text === "string" && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}
