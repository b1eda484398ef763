import assert from "node:assert/strict";
import { it } from "node:test";
import { MemoryStore, session } from "../../src/index.ts";
import { signInForTest } from "../../src/testing/index.ts";
import { strongSecret } from "../support/session-app.ts";

it("counts the live sessions that depend on each secret, in the order of the option", async () => {
  const store = new MemoryStore<unknown>();
  const [older, newer] = [strongSecret(), strongSecret()];
  const before = session({ secret: older, store });
  for (const user of ["anna", "berta"]) await signInForTest(before, user);
  const after = session({ secret: [newer, older], store });
  await signInForTest(after, "clara");
  assert.deepEqual(await after.countBySecret(), [1, 2]);
  assert.deepEqual(await before.countBySecret(), [2]);
  await before.close();
});
