/**
 * The class of `req.session`.
 *
 * ```ts
 * const Session = require("holdfast/compat/session/session");
 * ```
 *
 * @module
 */
import { Session } from "./session-object.ts";

export { Session, Session as default, Session as "module.exports" };
