import { HoldfastError } from "../errors.ts";
import type { SessionEvent } from "../session/events.ts";
import { Backlog } from "./backlog.ts";
import { type AuditHead, Chain } from "./chain.ts";
import { bodyOf } from "./entry.ts";
import { type AuditLogOptions, type AuditLogSettings, auditLogSettings, checkPath } from "./options.ts";
import { TrailFile } from "./trail-file.ts";

/** How long a file that could not be written is left alone. */
const RETRY_MS = 1_000;

/** How long a single write may take before it is reported, and before `close()` gives up. */
const STALL_MS = 10_000;

/** A listener for `sessions.on("*", …)` that writes an audit trail. Never throws. */
export interface AuditLog {
  (event: SessionEvent): void;
  /**
   * Writes what waits and ends the trail; events that come later are reported and not written. Close the sessions
   * first: they may still have something to tell.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_AUDIT_WRITE` (the promise rejects) if what waited could not be written, or the
   *   disk has not answered for 10 seconds
   */
  close(): Promise<void>;
  /**
   * The newest line that is on disk. Keep it elsewhere from time to time: a verification that is given it notices
   * when the end of the trail has been cut off, or the whole file exchanged for an older one.
   */
  head(): AuditHead;
}

/**
 * An audit trail of session events: one JSON line each, in order, chained by MACs (ASVS 16.4.2).
 *
 * The file is made with mode 0600; an existing trail is continued. One process writes one file. Events are written
 * behind the request and synced; those of the last moments are lost if the process is killed.
 *
 * @param file - its folder must exist
 * @throws {HoldfastError} `ERR_HOLDFAST_AUDIT_FILE` if the file cannot be opened or is no audit trail;
 *   `ERR_HOLDFAST_SECRET_MISSING` or `ERR_HOLDFAST_SECRET_WEAK` for the key; `ERR_HOLDFAST_OPTION` or
 *   `ERR_HOLDFAST_OPTION_UNKNOWN`
 *
 * @example
 * ```ts
 * sessions.on("*", auditLog("data/audit.log", { key: process.env.AUDIT_LOG_KEY }));
 * ```
 */
export function auditLog(file: string, options: AuditLogOptions): AuditLog {
  const writer = new Writer(checkPath(file), auditLogSettings(options));
  return Object.assign((event: SessionEvent) => writer.write(event), {
    close: () => writer.close(),
    head: () => writer.head,
  });
}

class Writer {
  readonly #path: string;
  readonly #settings: AuditLogSettings;
  readonly #file: TrailFile;
  readonly #backlog: Backlog;
  #writing: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failure: HoldfastError | undefined;
  #closing: Promise<void> | undefined;
  #isStalled = false;
  #giveUp: (() => void) | undefined;

  constructor(path: string, settings: AuditLogSettings) {
    this.#path = path;
    this.#settings = settings;
    this.#backlog = new Backlog(settings.maxWaiting);
    this.#file = new TrailFile(path, new Chain(settings.key), settings.clock, settings.report);
    this.#start();
  }

  get head(): AuditHead {
    return this.#file.head;
  }

  write(event: SessionEvent): void {
    if (this.#closing !== undefined) {
      this.#settings.report(new HoldfastError("ERR_HOLDFAST_AUDIT_CLOSED"));
      return;
    }
    if (!this.#backlog.add(event, bodyOf(event))) {
      this.#settings.report(
        new HoldfastError(
          "ERR_HOLDFAST_AUDIT_FULL",
          `The audit trail ${this.#path} has no room left for events that wait for the disk; new ones are dropped and counted.`,
        ),
      );
    }
    this.#start();
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    await this.#settle();
    if (this.#retry !== undefined) {
      this.#stopWaiting();
      this.#start();
      await this.#settle();
      this.#stopWaiting();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits until nothing is being written any more, or the disk hangs. */
  async #settle(): Promise<void> {
    while (this.#writing !== undefined && !this.#isStalled) {
      const stalled = new Promise<void>((resolve) => {
        this.#giveUp = resolve;
      });
      await Promise.race([this.#writing, stalled]);
    }
  }

  #stopWaiting(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  #start(): void {
    if (this.#writing !== undefined || this.#retry !== undefined) return;
    if (this.#backlog.isEmpty && !this.#file.hasFindings) return;
    this.#writing = this.#drain().finally(() => {
      this.#writing = undefined;
      // For an event that came after the last look at what waits.
      this.#start();
    });
  }

  /** Writes until nothing waits or the disk fails; never rejects. */
  async #drain(): Promise<void> {
    try {
      do {
        const bodies = this.#backlog.next();
        await this.#append(bodies);
        this.#backlog.remove(bodies.length);
        this.#failure = undefined;
      } while (!this.#backlog.isEmpty);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A write that hangs cannot be called back: it goes on, and nothing else is written before it has answered. */
  async #append(bodies: readonly string[]): Promise<void> {
    const timer = setTimeout(() => {
      this.#isStalled = true;
      this.#tell(`has not answered for ${STALL_MS / 1_000} seconds`);
      this.#giveUp?.();
    }, STALL_MS);
    timer.unref();
    try {
      await this.#file.append(bodies);
    } finally {
      clearTimeout(timer);
      this.#isStalled = false;
    }
  }

  /** Once for each outage. */
  #tell(what: string, cause?: unknown): void {
    const failure = new HoldfastError(
      "ERR_HOLDFAST_AUDIT_WRITE",
      `The audit trail ${this.#path} ${what}. Its events wait in memory.`,
      { cause },
    );
    if (this.#failure === undefined) this.#settings.report(failure);
    this.#failure = failure;
  }

  #fail(cause: unknown): void {
    this.#tell(`cannot be written${cause instanceof Error ? ` (${cause.message})` : ""}`, cause);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#start();
    }, RETRY_MS);
    this.#retry.unref();
  }
}
