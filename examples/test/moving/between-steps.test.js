import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { AlbumSite } from "../../support/album-site.js";
import { STEPS } from "../../support/album-steps.js";
import { Visitor } from "../../support/album-visitor.js";
import { until } from "../../support/until.js";

const [BEFORE, COMPAT, MIGRATING, AFTERWARDS] = STEPS;

describe("an album that moves", () => {
  let site;
  let visitors;

  beforeEach(() => {
    site = new AlbumSite();
    visitors = [];
  });
  afterEach(async () => {
    for (const visitor of visitors) visitor.close();
    await site.close();
  });

  async function signedIn(name) {
    const visitor = new Visitor(site.url);
    visitors.push(visitor);
    await visitor.signIn(name);
    return visitor;
  }

  /** The same browser, at the program that runs now. */
  function back(visitor) {
    const there = visitor.movedTo(site.url);
    visitors.push(there);
    return there;
  }

  it("signs nobody out who comes by before the old sessions' time is over", async () => {
    await site.run(BEFORE.file);
    let anna = await signedIn("anna");
    const bert = await signedIn("bert");
    const away = await signedIn("bert");
    await anna.beginUpload("harbour.png").finish();

    for (const step of [COMPAT, MIGRATING, AFTERWARDS]) {
      await site.run(step.file);
      anna = back(anna);
      assert.equal(await anna.name(), "anna", step.file);
      assert.deepEqual(await anna.drafts(), ["harbour.png"]);
      assert.equal((await anna.connect()).name, "anna");
      assert.ok(anna.cookies.has(step.cookie));
      if (step === MIGRATING) assert.equal(await back(bert).name(), "bert", "who skipped a program");
    }
    assert.equal(await back(away).name(), undefined, "who has not come by");
  });

  it("takes over a session once, whatever an open page of it sends first, and all at once", async () => {
    await site.run(BEFORE.file);
    let [anna, bert] = [await signedIn("anna"), await signedIn("bert")];

    await site.run(MIGRATING.file);
    [anna, bert] = [back(anna), back(bert)];
    const names = Array.from({ length: 8 }, (_, i) => `${i}.png`);
    const before = site.files;
    const uploads = names.map((name) => anna.beginUpload(name));
    await until(() => site.files === before + names.length);
    const statuses = await Promise.all(uploads.map(({ finish }) => finish()));
    assert.deepEqual(statuses, Array(names.length).fill(201));
    assert.deepEqual((await anna.drafts()).toSorted(), names);

    // A socket that opens again has no reply that could bring the new cookie.
    assert.equal((await bert.connect(["websocket"])).name, "bert");
    assert.equal((await bert.connect()).name, "bert");
    assert.equal(await bert.name(), "bert");
    assert.ok(bert.cookies.has(MIGRATING.cookie));
  });

  it("leads back while both sides are kept, and whoever signs out is out on both", async () => {
    await site.run(BEFORE.file);
    let [anna, bert] = [await signedIn("anna"), await signedIn("bert")];
    const [oldAnna, oldBert] = [anna, bert];

    await site.run(MIGRATING.file);
    [anna, bert] = [back(anna), back(bert)];
    assert.deepEqual([await anna.name(), await bert.name()], ["anna", "bert"]);
    await anna.post("/logout");
    assert.equal(await back(oldAnna).name(), undefined, "the cookie of before, here");

    await site.run(COMPAT.file);
    assert.equal(await back(oldAnna).name(), undefined, "the cookie of before, there");
    bert = back(bert);
    assert.equal(await bert.name(), "bert");
    const newBert = back(bert);
    await bert.post("/logout");

    await site.run(MIGRATING.file);
    assert.equal(await back(newBert).name(), undefined, "the cookie of here, after a sign-out there");
    assert.equal(await back(oldBert).name(), undefined);
  });
});
