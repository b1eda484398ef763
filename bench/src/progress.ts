/** A line on stderr that says how far we are; silent where stderr is no terminal. */
export class Progress {
  readonly #startedAt = performance.now();
  #total: number;
  #done = 0;
  #label = "";

  /** @param total - how many steps there are, as far as that is known */
  constructor(total = 0) {
    this.#total = total;
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
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  }

  #draw(): void {
    if (!process.stderr.isTTY) return;
    const share = this.#total === 0 ? 0 : this.#done / this.#total;
    const bar = "█".repeat(Math.round(share * 24)).padEnd(24, "░");
    const elapsed = (performance.now() - this.#startedAt) / 1000;
    const left = this.#done === 0 ? "" : `, ${Math.ceil(elapsed / share - elapsed)} s left`;
    process.stderr.write(`\r\u001b[K${bar} ${Math.floor(share * 100)} %${left}  ${this.#label}`);
  }
}
