/**
 * `req.csrfToken()` on Express's Request.
 *
 * @module
 */

// biome-ignore lint/suspicious/noTsIgnore: an expected error would itself be one where Express's types are installed
/** @ts-ignore: without Express's types there is nothing to extend, and nothing is lost */
declare module "express-serve-static-core" {
  interface Request {
    /** A CSRF token for this reply, where `requireCsrfToken()` stands before; see `csrfToken` of holdfast/defence. */
    csrfToken(): string;
  }
}

export {};
