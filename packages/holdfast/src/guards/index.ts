/**
 * What a signed-in user must have proved before a request goes on: middleware, and the same checks as functions.
 *
 * @module
 */
export type { GuardOptions } from "./answer.ts";
export { hasLevel, isFresh, isSignedIn, type ProofOptions } from "./checks.ts";
export {
  type Guard,
  type ProofGuardOptions,
  requireFreshSignIn,
  requireLevel,
  requireUser,
} from "./middleware.ts";
export { safeReturnTo } from "./return-to.ts";
