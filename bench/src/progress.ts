/** How often a log, which keeps every line, is told how far we are. Milliseconds. */
const LOG_MS = 60_000;

/** Where progress is told: `process.stderr`, or what stands in for it. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A line on stderr that says how far we are; where that is no terminal, a new one each minute. */
export class Progress {
  readonly #output: ProgressOutput;
  readonly #now: () => number;
  readonly #startedAt: number;
  #loggedAt: number;
  #total: number;
  #done = 0;
  #label = "";

  /** @param total - how many steps there are, as far as that is known */
  constructor(
    total = 0,
    output: ProgressOutput = process.stderr,
    now: () => number = () => performance.now(),
  ) {
    this.#total = total;
    this.#output = output;
    this.#now = now;
    this.#startedAt = now();
    this.#loggedAt = this.#startedAt;
  }

  /** So many steps more are to be done. */
  expect(steps: number): void {
    this.#total += steps;
  }

  label(text: string): void {
    this.#label = text;
    this.#draw();
  }

  step(): void {
    this.#done += 1;
    this.#draw();
  }

  clear(): void {
    if (this.#output.isTTY) this.#output.write("\r\u001b[K");
  }

  #draw(): void {
    const now = this.#now();
    if (!this.#output.isTTY && now - this.#loggedAt < LOG_MS) return;
    this.#loggedAt = now;
    const share = this.#total === 0 ? 0 : this.#done / this.#total;
    const elapsed = (now - this.#startedAt) / 1000;
    const left = this.#done === 0 ? "" : `, ${Math.ceil(elapsed / share - elapsed)} s left`;
    const text = `${Math.floor(share * 100)} %${left}  ${this.#label}`;
    const bar = "█".repeat(Math.round(share * 24)).padEnd(24, "░");
    this.#output.write(this.#output.isTTY ? `\r\u001b[K${bar} ${text}` : `${text}\n`);
  }
}
