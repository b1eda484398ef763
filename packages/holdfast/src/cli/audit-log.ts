import { readFileSync } from "node:fs";
import type { AuditHead } from "../audit/chain.ts";
import { type AuditFault, type AuditVerification, verifyAuditLog } from "../audit/verify.ts";
import { HoldfastError } from "../errors.ts";
import { type Outcome, parse, UsageError } from "./command.ts";

const FAULTS: Readonly<Record<AuditFault, string>> = {
  edited: "it was edited, or put there by somebody without the key",
  removed: "one or more lines before it were removed",
  reordered: "it is not at its place: lines were moved or repeated",
  not_json: "it is no JSON",
  torn: "it has no end, as after a crash in mid-write, or a cut; an app that goes on with the trail says so in it",
  cut: "it is missing: the trail ends before the head given with --head",
  replaced:
    "it is not the one that --head names: the file is another trail, or an older state that went on differently",
  wrong_key: "no line was written under this key",
};

/** `holdfast audit-log verify FILE`: exit code 0 if the trail is as it was written, 1 if not. */
export async function auditLogCommand(args: readonly string[]): Promise<Outcome> {
  const { values, positionals } = parse(args, {
    head: { type: "string" },
    "key-file": { type: "string" },
  });
  const [action, file, extra] = positionals;
  if (action !== "verify") throw new UsageError("audit-log has one action: audit-log verify FILE.");
  if (file === undefined) throw new UsageError("audit-log verify needs the trail's file.");
  if (extra !== undefined)
    throw new UsageError(`audit-log verify takes no argument ${JSON.stringify(extra)}.`);
  const head = values.head === undefined ? undefined : readHead(values.head);
  const key = readKey(values["key-file"]);
  return report(file, await verify(file, key, head));
}

async function verify(file: string, key: string, head: AuditHead | undefined): Promise<AuditVerification> {
  try {
    return await verifyAuditLog(file, { key, head });
  } catch (error) {
    throw error instanceof HoldfastError ? new UsageError(error.message) : error;
  }
}

function report(file: string, result: AuditVerification): Outcome {
  if (!result.ok) {
    return { text: `${file}: line ${result.line} is bad: ${FAULTS[result.reason]}.\n`, exitCode: 1 };
  }
  const { count, gaps, head } = result;
  const noted =
    gaps === 0 ? "" : ` In ${gaps} of them the trail itself says that something is missing (audit_gap).`;
  return { text: `${file}: ${count} lines, as they were written.${noted}\nHead: ${head.seq}:${head.mac}\n` };
}

function readHead(text: string): AuditHead {
  const [, seq, mac] = /^(0|[1-9]\d{0,14}):([\w-]{43})$/.exec(text) ?? [];
  if (seq === undefined || mac === undefined) {
    throw new UsageError("--head must be SEQ:MAC, such as the `Head:` line of an earlier verification.");
  }
  return { seq: Number(seq), mac };
}

function readKey(file: string | undefined): string {
  if (file === undefined) {
    const { AUDIT_LOG_KEY } = process.env;
    if (AUDIT_LOG_KEY) return AUDIT_LOG_KEY;
    throw new UsageError("The trail's key is missing: set AUDIT_LOG_KEY, or name a file with --key-file.");
  }
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new UsageError(
      `The key file cannot be read (${error instanceof Error ? error.message : String(error)}).`,
    );
  }
}
