import { type ParseArgsConfig, parseArgs } from "node:util";

/** What a command prints on stdout, and its exit code (default 0). */
export interface Outcome {
  readonly text: string;
  readonly exitCode?: number;
  /** True if the process is to end once it is printed, whatever code of others still holds open. */
  readonly final?: boolean;
}

/** A command, given the arguments behind its name. */
export type Command = (args: readonly string[]) => Outcome | Promise<Outcome>;

/** A command line that cannot be understood or followed: said on stderr, with exit code 2. */
export class UsageError extends Error {}

type Parsed<Options extends NonNullable<ParseArgsConfig["options"]>> = ReturnType<
  typeof parseArgs<{ args: string[]; allowPositionals: true; options: Options }>
>;

/** The options and arguments of a command. */
export function parse<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  options: Options,
): Parsed<Options> {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
