/**
 * The file of a trail. It is opened for each batch of lines, so that a file that was moved, removed or written to by
 * somebody else is noticed before anything is lost in it.
 *
 * @module
 */
import { closeSync, constants, existsSync, fstatSync, ftruncateSync, openSync, renameSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { cleanText } from "../clean-text.ts";
import type { Clock } from "../clock.ts";
import { HoldfastError } from "../errors.ts";
import type { AuditHead, Chain } from "./chain.ts";
import { type AuditGap, bodyOf } from "./entry.ts";
import { readTail } from "./tail.ts";

// Not to wait at a pipe. Windows has no such flag.
const NONBLOCK = constants.O_NONBLOCK ?? 0;
const APPEND = constants.O_WRONLY | constants.O_APPEND | NONBLOCK;
const RESUME = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | NONBLOCK;

/** What tells one state of the file from another. */
interface FileState {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  /** Inode numbers are used again, so a new file may have its predecessor's, and its size too. */
  readonly ctimeMs: number;
}

/** A {@link AuditGap} without the time. */
type Finding = AuditGap extends infer Gap ? (Gap extends AuditGap ? Omit<Gap, "type" | "at"> : never) : never;

export class TrailFile {
  readonly #path: string;
  readonly #chain: Chain;
  readonly #clock: Clock;
  readonly #report: (error: HoldfastError) => void;
  #head: AuditHead;
  #left: FileState | undefined;
  /** Bodies of lines that tell what was found on opening; they go before all others. */
  #findings: string[] = [];

  /**
   * Opens the file, makes it with mode 0600 if there is none, and finds the end of its chain.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_AUDIT_FILE`
   */
  constructor(path: string, chain: Chain, clock: Clock, report: (error: HoldfastError) => void) {
    this.#path = path;
    this.#chain = chain;
    this.#clock = clock;
    this.#report = report;
    this.#head = chain.start;
    this.#resume();
  }

  /** The newest line that is on disk. */
  get head(): AuditHead {
    return this.#head;
  }

  /** True if there is something to say about the file, events or not. */
  get hasFindings(): boolean {
    return this.#findings.length > 0;
  }

  /** Writes a line for each body, all or none; resolves when they are on disk. */
  async append(bodies: readonly string[]): Promise<void> {
    const { file, left } = await this.#open();
    try {
      await this.#write(file, left, bodies);
    } finally {
      // What was to be kept has been synced; a failing close says nothing about it.
      await file.close().catch(() => undefined);
    }
  }

  async #write(file: FileHandle, left: FileState, bodies: readonly string[]): Promise<void> {
    let head = this.#head;
    let text = "";
    for (const body of [...this.#findings, ...bodies]) {
      const line = this.#chain.line(body, head);
      head = line.head;
      text += line.text;
    }
    let written: FileState;
    try {
      await file.writeFile(text);
      await file.datasync();
      written = await file.stat();
    } catch (error) {
      // A part may have been written. If it cannot be cut off now, it is found and said when the file is next opened.
      await file.truncate(left.size).catch(() => undefined);
      throw error;
    }
    this.#head = head;
    this.#left = { ...stateOf(written), size: left.size + Buffer.byteLength(text) };
    this.#findings = [];
  }

  async #open(): Promise<{ readonly file: FileHandle; readonly left: FileState }> {
    const file = await open(this.#path, APPEND).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    try {
      if (file !== undefined && this.#left !== undefined && isSame(await file.stat(), this.#left)) {
        return { file, left: this.#left };
      }
    } catch (error) {
      await file?.close();
      throw error;
    }
    await file?.close();
    const left = this.#resume();
    return { file: await open(this.#path, APPEND), left };
  }

  #resume(): FileState {
    try {
      return this.#findEnd();
    } catch (error) {
      throw error instanceof HoldfastError ? error : unusable(this.#path, "cannot be opened or made", error);
    }
  }

  /** Finds where the file's chain ends, and notes whatever is not as it should be. */
  #findEnd(): FileState {
    const file = openSync(this.#path, RESUME, 0o600);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile()) throw unusable(this.#path, "is not a file");
      const tail = readTail(file, stats.size, this.#chain);
      if (tail.state === "foreign") throw unusable(this.#path, "holds something else than an audit trail");
      if (tail.state === "damaged") return this.#beginAnew();
      if (tail.torn.length > 0) {
        ftruncateSync(file, tail.end);
        this.#note({ reason: "torn_line", torn: tail.torn.toString("utf8").slice(0, 1_024) });
      }
      const isOurs = this.#left === undefined || isSameHead(tail.head, this.#head);
      if (!isOurs) this.#noteChange();
      this.#head = tail.head;
      this.#left = { ...stateOf(stats), size: tail.end };
      return this.#left;
    } finally {
      closeSync(file);
    }
  }

  #noteChange(): void {
    this.#note({ reason: "file_changed", after: this.#head });
    this.#report(
      new HoldfastError(
        "ERR_HOLDFAST_AUDIT_CHANGED",
        `The audit trail ${this.#path} is not as this process left it: it was moved, shortened, or written to by ` +
          "another process. The trail goes on from what is there, and says so. Each process needs a file of its own.",
      ),
    );
  }

  /** The file is kept for whoever looks into it, under another name. */
  #beginAnew(): FileState {
    let number = 1;
    while (existsSync(`${this.#path}.damaged-${number}`)) number += 1;
    const aside = `${this.#path}.damaged-${number}`;
    renameSync(this.#path, aside);
    this.#head = this.#chain.start;
    this.#left = undefined;
    this.#note({ reason: "file_damaged", movedTo: cleanText(basename(aside)) });
    this.#report(
      new HoldfastError(
        "ERR_HOLDFAST_AUDIT_CHANGED",
        `The last line of the audit trail ${this.#path} was edited, or was written under another key. ` +
          `The file is now ${aside}, and a new trail begins. Look into it with \`npx holdfast audit-log verify\`.`,
      ),
    );
    return this.#findEnd();
  }

  #note(finding: Finding): void {
    const at = new Date(this.#clock.now()).toISOString();
    this.#findings.push(bodyOf({ type: "audit_gap", at, ...finding }));
  }
}

function isSame(stats: FileState, left: FileState): boolean {
  return (
    stats.ino === left.ino &&
    stats.dev === left.dev &&
    stats.size === left.size &&
    stats.ctimeMs === left.ctimeMs
  );
}

function stateOf({ dev, ino, size, ctimeMs }: FileState): FileState {
  return { dev, ino, size, ctimeMs };
}

function isSameHead(one: AuditHead, other: AuditHead): boolean {
  return one.seq === other.seq && one.mac === other.mac;
}

function unusable(path: string, what: string, cause?: unknown): HoldfastError {
  const detail = cause instanceof Error ? ` (${cause.message})` : "";
  return new HoldfastError("ERR_HOLDFAST_AUDIT_FILE", `The audit trail ${path} ${what}${detail}.`, { cause });
}
