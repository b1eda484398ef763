import { SourceFile } from "../../../src/cli/doctor/examine.ts";
import type { Examination } from "../../../src/cli/doctor/finding.ts";
import { loadParser } from "../../../src/cli/doctor/parser.ts";

const parse = await loadParser();

/** What the doctor says of one file that is an app by itself. */
export function examine(source: string, file = "app.ts"): Examination {
  return new SourceFile(source, file, parse).examine({ libraries: [], identifies: false });
}
