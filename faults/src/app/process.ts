/**
 * The harness's side of an app process.
 *
 * @module
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { AppPlan, AppReport } from "./plan.ts";

const PROGRAM = fileURLToPath(new URL("main.ts", import.meta.url));

export interface AppEvent {
  readonly name: string;
  readonly text: string;
}

export class AppProcess {
  readonly name: string;
  readonly plan: AppPlan;
  /** What it reported: events of sessions, and warnings. */
  readonly events: AppEvent[] = [];
  readonly warnings: string[] = [];
  /** What it wrote to its outputs: nothing, if all is well. */
  said = "";
  #child: ChildProcess | undefined;
  #port = 0;
  #forgetsAfter: readonly string[] = [];

  constructor(name: string, plan: AppPlan) {
    this.name = name;
    this.plan = plan;
  }

  get port(): number {
    return this.#port;
  }

  /** Of its store's capabilities. */
  get forgetsAfter(): readonly string[] {
    return this.#forgetsAfter;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** @throws Error, with what the process said, if it does not become ready */
  async start(): Promise<void> {
    const child = fork(PROGRAM, {
      execArgv: [...process.execArgv, "--expose-gc"],
      env: { ...process.env, NODE_ENV: "test", FAULTS_APP: JSON.stringify(this.plan) },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk) => {
        this.said += String(chunk);
      });
    }
    child.on("message", (report) => this.#note(report as AppReport));
    const ready = await this.#next("ready");
    this.#port = ready.port;
    this.#forgetsAfter = ready.forgetsAfter;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Ends it at once, as `kill -9` does. */
  async kill(): Promise<void> {
    if (!this.running || this.#child === undefined) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  /** Lets it close its sessions and end; after a while, kills it. */
  async stop(): Promise<void> {
    if (!this.running || this.#child === undefined) return;
    const exited = once(this.#child, "exit");
    const patience = setTimeout(() => this.#child?.kill("SIGKILL"), 3_000);
    this.#child.send("close");
    await exited;
    clearTimeout(patience);
  }

  /** Takes all free room from its store, or gives it back; where the store is opened in a way that allows it. */
  makeFull(full: boolean): void {
    this.#child?.send(full ? "full" : "roomy");
  }

  /** Bytes on its heap, after a collection. */
  async heapBytes(): Promise<number> {
    this.#child?.send("memory");
    return (await this.#next("memory")).heapBytes;
  }

  /** Lets its store remove what has expired; how many records that were. */
  async prune(): Promise<number> {
    this.#child?.send("prune");
    return (await this.#next("pruned")).records;
  }

  #next<Type extends AppReport["type"]>(type: Type): Promise<Extract<AppReport, { type: Type }>> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error(`${this.name} has ended: ${this.said}`));
      const listen = (report: unknown): void => {
        if (!isOfType(report as AppReport, type)) return;
        child?.off("message", listen).off("exit", ended);
        resolve(report as Extract<AppReport, { type: Type }>);
      };
      child?.on("message", listen).once("exit", ended);
    });
  }

  #note(report: AppReport): void {
    if (report.type === "event") this.events.push(report);
    if (report.type === "warning") this.warnings.push(report.message);
  }
}

function isOfType(report: AppReport, type: AppReport["type"]): boolean {
  return report.type === type;
}
