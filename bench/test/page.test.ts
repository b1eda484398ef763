import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { HERE } from "../src/environment.ts";
import { filled, placesIn } from "../src/page/marks.ts";
import { DOCS, filesOf, kept, sectionsOf } from "../src/page/page.ts";
import { sample } from "./support/sample.ts";

const page = readFileSync(join(DOCS, "performance.md"), "utf8");

describe("docs/performance.md", () => {
  it("says what is kept of the last run, and its plots show it", async () => {
    for (const [path, text] of await filesOf(page, kept())) {
      const found = readFileSync(join(DOCS, path), "utf8");
      assert.equal(found, text, `docs/${path} is not what \`npm run bench -- --page\` writes`);
    }
  });

  it("has a place for everything that is measured, and nothing measured without a place", async () => {
    const files = await filesOf(page, { results: sample, environment: HERE });
    const written = files.get("performance.md") ?? "";
    assert.ok(!written.includes("Not measured yet."), "every place is filled");
    const places = placesIn(page);
    assert.equal(new Set(places).size, places.length, "every place is there once");
    for (const name of Object.keys(sectionsOf(sample)))
      assert.ok(places.includes(name), `${name} has a place`);
    for (const path of files.keys()) assert.ok(written.includes(path) || path === "performance.md", path);
  });

  it("shows each bar as met or missed", async () => {
    const files = await filesOf(page, { results: sample, environment: undefined });
    const written = files.get("performance.md") ?? "";
    assert.match(written, /\| read a field \| 6\.0x \(6\.0–6\.0\), bar 6x met \|/);
    assert.match(written, /\| cookie, session untouched \| 6\.0x \(6\.0–6\.0\), bar 30x MISSED \|/);
    assert.match(written, /\| 1\.50 \(1\.35–1\.65\) \| 0\.6 MISSED \|/);
  });

  it("shows what sessions add to each framework", async () => {
    const files = await filesOf(page, { results: sample, environment: undefined });
    const written = files.get("performance.md") ?? "";
    assert.match(written, /\| read: Express 5, Holdfast \| memory \| 100 \| 150 \| 50 \(50–50\) \|/);
    assert.match(
      written,
      /\| read: Hono 4, @hono\/session \| memory, the id sealed \| 40 \| 140 \| 100 \(100–100\) \|/,
    );
  });

  it("has plots without a background, which a dark page can show", async () => {
    const files = await filesOf(page, { results: sample, environment: undefined });
    const plots = [...files].filter(([path]) => path.endsWith(".svg"));
    assert.equal(plots.length, 3);
    for (const [path, svg] of plots) {
      assert.match(svg, /^<svg /, path);
      assert.doesNotMatch(svg, /NaN|undefined|fill="(white|#fff|black|#000)"/, path);
    }
  });
});

describe("the places of a page", () => {
  const text = "<!-- measured: a -->\n\nold\n\n<!-- /measured -->\n";

  it("take the text of their name", () => {
    assert.equal(filled(text, { a: "new" }), text.replace("old", "new"));
  });

  it("stay as they are without one, or say so", () => {
    assert.equal(filled(text, {}), text);
    assert.equal(filled(text, {}, "nothing"), text.replace("old", "nothing"));
  });
});
