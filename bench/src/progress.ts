/** A line on stderr that says how far we are; silent where stderr is no terminal. */
export class Progress {
  readonly #total: number;
  readonly #startedAt = performance.now();
  #done = 0;
  #label = "";

  constructor(total: number) {
    this.#total = total;
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
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  }

  #draw(): void {
    if (!process.stderr.isTTY) return;
    const share = this.#done / this.#total;
    const bar = "█".repeat(Math.round(share * 24)).padEnd(24, "░");
    const elapsed = (performance.now() - this.#startedAt) / 1000;
    const left = this.#done === 0 ? "" : `, ${Math.ceil(elapsed / share - elapsed)} s left`;
    process.stderr.write(`\r\u001b[K${bar} ${Math.floor(share * 100)} %${left}  ${this.#label}`);
  }
}
