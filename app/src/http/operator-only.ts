import type { RequestHandler } from "express";
import type { Services } from "../services.ts";
import { signedIn, type UserHandler } from "./current-user.ts";
import { nothingHere } from "./errors.ts";
import { freshly } from "./fresh.ts";

export const OPERATOR_PATH = "/operator";

/**
 * Runs `handler` for operators who have given their password lately. For other users there is nothing at this address,
 * nor for anybody where there are no operators.
 *
 * @param comeBackTo - as for {@link freshly}
 */
export function operatorOnly(services: Services, handler: UserHandler, comeBackTo?: string): RequestHandler {
  const fresh = freshly(handler, comeBackTo);
  const guarded = signedIn(
    services,
    (req, res, user) => {
      if (!services.operators.includes(user)) throw nothingHere();
      return fresh(req, res, user);
    },
    comeBackTo,
  );
  return (req, res, next) => (services.operators.none ? next() : guarded(req, res, next));
}
