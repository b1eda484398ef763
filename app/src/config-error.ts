/** A setting is wrong; the message names the variable and says what to write. */
export class ConfigError extends Error {
  constructor(variable: string, problem: string, options?: ErrorOptions) {
    super(`${variable}: ${problem}`, options);
    this.name = "ConfigError";
  }
}
