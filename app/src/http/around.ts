import type { Request } from "express";
import type { User } from "../accounts/users.ts";
import type { Services } from "../services.ts";
import type { Around } from "../views/layout.ts";
import { newSignIns } from "./new-sign-ins.ts";
import { requestedNotice } from "./notices.ts";

/** What the frame shows around a page of somebody who is logged in. */
export async function aroundPage(services: Services, req: Request, user: User): Promise<Around> {
  const news = await newSignIns(services, req, user);
  return { ...aroundForm(services, user), notice: requestedNotice(req), news };
}

/** The same for a page that has a single purpose: nothing beside it. */
export function aroundForm({ operators }: Pick<Services, "operators">, user: User): Around {
  return { user, operator: operators.includes(user) };
}
