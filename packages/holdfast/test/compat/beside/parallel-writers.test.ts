import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Store } from "express-session";
import { type Answers, legacyStore } from "../../support/legacy-store.ts";
import { type Library, serveLegacy, sideBySide } from "../../support/side-by-side.ts";

const WRITERS = 10;

const stores: readonly (readonly [name: string, make: (library: Library) => Store])[] = [
  ["the library's MemoryStore", ({ MemoryStore }) => new MemoryStore()],
  ...(["at once", "later", "promise"] as const satisfies Answers[]).map(
    (answers) =>
      [`a store that answers ${answers}`, (library: Library) => legacyStore(library, { answers })] as const,
  ),
];

for (const [name, make] of stores) {
  describe(`${WRITERS} parallel requests that each write a key of their own, on ${name}`, () => {
    it("all keep it", async (test) => {
      const outcome = await sideBySide(async (library) => {
        let waiting = 0;
        let letGo = (): void => {};
        const allLoaded = new Promise<void>((resolve) => {
          letGo = resolve;
        });
        const { agent } = await serveLegacy(test, library, { store: make(library) }, async (req, res) => {
          const key = req.url?.slice(1) ?? "";
          if (key.startsWith("key")) {
            if (++waiting === WRITERS) letGo();
            await allLoaded;
          }
          if (key !== "read") req.session[key] = true;
          res.end(Object.keys(req.session).join());
        });
        await agent.get("/first");
        await Promise.all(Array.from({ length: WRITERS }, (_, index) => agent.get(`/key${index}`)));
        return (await agent.get("/read")).text.split(",").filter((key) => key.startsWith("key")).length;
      });
      assert.deepEqual(outcome, { expressSession: 1, compat: WRITERS });
    });
  });
}
