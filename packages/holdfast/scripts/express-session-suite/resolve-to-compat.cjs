// What the suite's tests require of express-session, by relative paths, is holdfast/compat here.
const Module = require("node:module");
const { dirname, join, resolve, sep } = require("node:path");

const suite = process.env.SUITE;
const tests = join(suite, "test") + sep;
const instead = new Map([
  [suite, require.resolve("holdfast/compat")],
  [join(suite, "session/cookie"), require.resolve("holdfast/compat/session/cookie")],
]);

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  const from = parent?.filename;
  if (from?.startsWith(tests) && request.startsWith(".")) {
    const found = instead.get(resolve(dirname(from), request));
    if (found !== undefined) return found;
  }
  return resolveFilename.call(this, request, parent, ...rest);
};
