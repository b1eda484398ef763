import assert from "node:assert/strict";
import { it } from "node:test";
import { MemoryStore } from "../../src/index.ts";
import { sessionApp } from "../support/session-app.ts";

class Unwritable extends MemoryStore<unknown> {
  override create(): never {
    throw new Error("cannot write");
  }
}

it("tells the callbacks of a reply that its session could not be saved for", async (test) => {
  const told: unknown[] = [];
  const app = await sessionApp(test, { store: new Unwritable() });
  const reply = await app.act((session, _req, res) => {
    session.a = 1;
    res.write("part", (error) => told.push(error?.message));
    res.end("end", (error?: Error) => told.push(error?.message));
    return undefined;
  });
  assert.equal(reply.status, 503);
  assert.deepEqual(told, Array(2).fill("The session store did not answer. Try again in a moment."));
});
