import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type AuditLog, type AuditLogOptions, auditLog } from "../../src/audit/index.ts";
import type { HoldfastError, SessionEvent } from "../../src/index.ts";
import { newFolder } from "../store/databases.ts";
import { strongSecret } from "./session-app.ts";

/** A line of a trail, parsed. */
export type Line = Readonly<Record<string, unknown>>;

/** An audit trail in a folder of its own. */
export class Trail {
  readonly folder: string;
  readonly file: string;
  readonly key: string = strongSecret();
  /** What was reported. */
  readonly errors: HoldfastError[] = [];

  constructor(test: TestContext) {
    const folder = newFolder();
    test.after(folder.remove);
    this.folder = folder.path;
    this.file = join(folder.path, "audit.log");
  }

  /** Opens it, as a process does at its start. */
  open(options: Partial<AuditLogOptions> = {}): AuditLog {
    return auditLog(this.file, { key: this.key, onError: (error) => this.errors.push(error), ...options });
  }

  /** Opens it, writes so many events, and closes it. */
  async write(count: number): Promise<AuditLog> {
    const log = this.open();
    for (let i = 0; i < count; i++) log(event(i));
    await log.close();
    return log;
  }

  text(): string {
    return readFileSync(this.file, "utf8");
  }

  lines(): Line[] {
    return this.text()
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  }

  /** The codes of what was reported. */
  codes(): string[] {
    return this.errors.map(({ code }) => code);
  }
}

/** An event that can be told from others. */
export function event(number: number): SessionEvent {
  const at = new Date(Date.UTC(2026, 0, 1) + number * 1_000).toISOString();
  return { type: "session_logout", at, user: `user ${number}` };
}

/** The users of the events among these lines, in order. */
export function usersOf(lines: readonly Line[]): unknown[] {
  return lines.filter(({ type }) => type === "session_logout").map(({ user }) => user);
}
