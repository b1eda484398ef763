import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { StoreLack } from "../../../src/store/contract.ts";
import { ExpressSessionStore, type ExpressSessionStoreOptions } from "../../../src/store/express-session.ts";
import { type ConformanceSubject, storeConformance } from "../../../src/testing/store-conformance.ts";
import { type ForeignPackage, foreignPackages } from "./foreign-stores.ts";

const { packages, stop } = await foreignPackages();
after(stop);

const ALWAYS: readonly StoreLack[] = ["limits", "values"];
const listingPackages = /connect-redis|connect-mongo|memorystore|MemoryStore/;

for (const foreign of packages) {
  const canList = listingPackages.test(foreign.name);
  describe(foreign.name, { skip: foreign.skip }, () => {
    suite(foreign, "alone", { exclusive: true }, canList ? ALWAYS : [...ALWAYS, "listing"]);
    if (!foreign.shared) return;
    suite(foreign, "shared by two processes", {}, [...ALWAYS, "atomic-writes", "listing"]);
    if (canList)
      suite(foreign, "shared by two processes, with lists", { listing: true }, [...ALWAYS, "atomic-writes"]);
  });
}

function suite(
  foreign: ForeignPackage,
  manner: string,
  options: ExpressSessionStoreOptions,
  lacks: readonly StoreLack[],
): void {
  describe(manner, { concurrency: 4 }, () => {
    const open = async (): Promise<ConformanceSubject> => {
      const database = await foreign.make();
      const store = new ExpressSessionStore(database.open(), options);
      const close = async (): Promise<void> => {
        store.close();
        await database.remove();
      };
      const subject = { store, close, expiresByItself: true };
      if (options.exclusive === true) return subject;
      return { ...subject, reopen: () => new ExpressSessionStore(database.open(), options) };
    };
    const cases = storeConformance(open, { lacks });
    const left = cases.filter(({ skip }) => skip !== undefined);
    it(`is not held to ${left.length} sentences, since it lacks ${lacks.join(", ")}`, () => {
      for (const { name, skip } of left)
        assert.ok(
          lacks.some((lack) => skip?.includes(lack)),
          name,
        );
    });
    for (const { name, skip, run } of cases) if (skip === undefined) it(name, run);
  });
}
