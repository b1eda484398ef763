/**
 * An audit trail of session events in a file, and its verification.
 *
 * @module
 */
export { type AuditLog, auditLog } from "./audit-log.ts";
export type { AuditHead } from "./chain.ts";
export type { AuditGap } from "./entry.ts";
export type { AuditLogOptions } from "./options.ts";
export {
  type AuditFault,
  type AuditVerification,
  type VerifyAuditLogOptions,
  verifyAuditLog,
} from "./verify.ts";
