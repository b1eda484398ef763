/**
 * Defences for the whole app, with `session()` or without.
 *
 * @module
 */
import "./augment.ts";

export { type CrossOriginOptions, crossOrigin } from "./cross-origin.ts";
export type { CrossOriginRules } from "./cross-origin-options.ts";
export type { Exempt } from "./exempt.ts";
export type { OnRefusal, Refusal } from "./refusal.ts";
export {
  type CsrfTokenOptions,
  csrfToken,
  type RequireCsrfTokenOptions,
  requireCsrfToken,
} from "./require-csrf-token.ts";
export { type ResourceIsolationOptions, resourceIsolation } from "./resource-isolation.ts";
