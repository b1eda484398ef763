import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SOURCE_RULES } from "../../../src/cli/doctor/examine.ts";
import { examine } from "./examine.ts";
import { SAMPLES } from "./samples.ts";

const rulesIn = (source: string): string[] => examine(source).findings.map(({ rule }) => rule);

describe("a rule of the doctor's", () => {
  it("has a name of its own, the requirement's row and standard, a reason, and Holdfast's way", () => {
    const names = SOURCE_RULES.map(({ id }) => id);
    assert.deepEqual(names, [...new Set(names)]);
    for (const { id, row, source, why, holdfast } of SOURCE_RULES) {
      assert.match(row, /^[A-Z]+-\d\d$/, id);
      assert.match(source, /ASVS|OWASP|NIST|RFC|GDPR/, id);
      assert.match(why, /^[A-Z`].*\.$/, id);
      assert.ok(holdfast.length > 5, id);
    }
  });

  it("has samples", () => {
    assert.deepEqual(Object.keys(SAMPLES).toSorted(), SOURCE_RULES.map(({ id }) => id).toSorted());
  });

  for (const [rule, { bad, good }] of Object.entries(SAMPLES)) {
    it(`finds what it is for, and nothing else: ${rule}`, () => {
      for (const source of bad) assert.ok(rulesIn(source).includes(rule), `not found in: ${source}`);
      for (const source of good) assert.ok(!rulesIn(source).includes(rule), `found in: ${source}`);
    });
  }
});

describe("the doctor's report of a program", () => {
  it("shows no secret, neither a weak one nor a strong one", () => {
    for (const secret of ["keyboard cat", "pZ3kq9Xv1Lw7Rt5Yb2Nc8Md4Hf6Jg0Sa_QeUiOoTyWx"]) {
      const source = `import session from "express-session"; session({ secret: process.env.S || "${secret}" }); session({ secret: "${secret}" });`;
      assert.ok(examine(source).findings.length > 0);
      assert.ok(!JSON.stringify(examine(source)).includes(secret));
    }
  });

  it("says where, by line and column", () => {
    const { findings } = examine('import s from "express-session";\n\napp.use(s({\n  rolling: true,\n}));\n');
    const place = findings.find(({ rule }) => rule === "rolling-forever")?.place;
    assert.deepEqual(place, { in: "app.ts", line: 4, column: 12 });
  });
});
