import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * Where the `node` of a version is, from npm; 200 MB at the first time.
 *
 * @param version - such as `"24"`; `undefined` is the version that runs this
 */
export async function nodeBinary(version: string | undefined): Promise<string> {
  if (version === undefined) return process.execPath;
  const args = ["--yes", `node@${version}`, "-p", "process.execPath"];
  const { stdout } = await promisify(execFile)("npx", args, { shell: process.platform === "win32" });
  return stdout.trim();
}
