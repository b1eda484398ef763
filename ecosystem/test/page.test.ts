import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { pageOf } from "../src/page/page.ts";
import { PAGE } from "../src/page/place.ts";
import { savedResults } from "../src/results.ts";

const results = savedResults();
const missing = results.find(({ skip }) => skip !== false);
const skip = missing === undefined ? false : `${missing.name} was not tried: ${missing.skip}`;

describe("the page of the ecosystem", () => {
  it("says of each package, version and sentence what the run has just found", { skip }, () => {
    const page = readFileSync(PAGE, "utf8");
    const [, date = "", node = ""] = /Made on (\S+) with Node ([\d.]+),/.exec(page) ?? [];
    assert.equal(page, pageOf(results, { date, node }), "npm run page -w ecosystem");
  });
});
