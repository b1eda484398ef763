// Mocha's own reporter of names and failures, which also writes down how many there were.
const { writeFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { join } = require("node:path");

const { reporters } = createRequire(join(process.env.SUITE, "package.json"))("mocha");

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes, failures, pending } = this.stats;
      const counts = { passed: passes, failed: failures, skipped: pending };
      writeFileSync(process.env.SUITE_COUNTS, JSON.stringify(counts));
    });
  }
};
