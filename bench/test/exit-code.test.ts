import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { it } from "node:test";

it("A program that has started servers ends with the code it has set", () => {
  const program = `
    import { found, startPostgres } from "test-servers";
    const { server } = await found(startPostgres);
    await server?.stop();
    process.exitCode = 3;`;
  const { status, stderr } = spawnSync(
    process.execPath,
    [...process.execArgv, "--input-type=module", "--eval", program],
    { encoding: "utf8", cwd: import.meta.dirname },
  );
  assert.equal(status, 3, stderr);
});
