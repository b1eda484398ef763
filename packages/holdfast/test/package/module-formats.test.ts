import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { dirname } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

// The built package, loaded by its name as an app would.

function run(kind: "commonjs" | "module", code: string): string {
  const cwd = dirname(fileURLToPath(import.meta.url));
  return execFileSync(process.execPath, [`--input-type=${kind}`, "-e", code], {
    cwd,
    encoding: "utf8",
  }).trim();
}

describe("the package", () => {
  it("gives require() the function, with everything else attached", () => {
    const code = `
      const session = require("holdfast");
      const { SqliteStore } = require("holdfast/store/sqlite");
      console.log(typeof session, session.session === session.default, Object.keys(session).join(), SqliteStore === session.SqliteStore)`;
    assert.equal(
      run("commonjs", code),
      "function true session,default,MemoryStore,SqliteStore,HoldfastError,errorTable true",
    );
  });

  it("gives import the function as default and by name", () => {
    const code = `
      import session, { session as named, HoldfastError } from "holdfast";
      import { requireUser, safeReturnTo } from "holdfast/guards";
      import { storeConformance, fakeClock, testAgent, signInForTest } from "holdfast/testing";
      console.log(session === named, session.HoldfastError === HoldfastError,
        typeof requireUser, typeof safeReturnTo, typeof storeConformance, typeof fakeClock, typeof testAgent, typeof signInForTest)`;
    assert.equal(run("module", code), "true true function function function function function function");
  });

  it("gives the audit trail to import and to require()", () => {
    const names = "typeof auditLog, typeof verifyAuditLog";
    const audit = "{ auditLog, verifyAuditLog }";
    for (const output of [
      run("module", `import ${audit} from "holdfast/audit"; console.log(${names})`),
      run("commonjs", `const ${audit} = require("holdfast/audit"); console.log(${names})`),
    ]) {
      assert.equal(output, "function function");
    }
  });

  it("gives the defences to import and to require()", () => {
    const names = "typeof cookiePolicy, typeof requireHttps";
    const defences = "{ cookiePolicy, requireHttps }";
    for (const output of [
      run("module", `import ${defences} from "holdfast/defence"; console.log(${names})`),
      run("commonjs", `const ${defences} = require("holdfast/defence"); console.log(${names})`),
    ]) {
      assert.equal(output, "function function");
    }
  });

  it("gives the providers of keys to import and to require()", () => {
    const names = "typeof keyFile, typeof storedKeys, typeof keysFrom";
    const providers = "{ keyFile, storedKeys, keysFrom }";
    for (const output of [
      run("module", `import ${providers} from "holdfast/keys"; console.log(${names})`),
      run("commonjs", `const ${providers} = require("holdfast/keys"); console.log(${names})`),
    ]) {
      assert.equal(output, "function function function");
    }
  });

  it("gives telemetry to import and to require(), and loads no OpenTelemetry itself", () => {
    const names = "typeof openTelemetryMetrics, typeof sourceOf";
    const code = `
      const { openTelemetryMetrics, sourceOf } = require("holdfast/telemetry");
      console.log(${names}, Object.keys(require.cache).some((file) => file.includes("@opentelemetry")))`;
    assert.equal(run("commonjs", code), "function function false");
    const imported = `import { openTelemetryMetrics, sourceOf } from "holdfast/telemetry"; console.log(${names})`;
    assert.equal(run("module", imported), "function function");
  });

  it("gives single sign-on to import and to require()", () => {
    const names = "typeof backChannelLogout";
    for (const output of [
      run("module", `import { backChannelLogout } from "holdfast/oidc"; console.log(${names})`),
      run("commonjs", `const { backChannelLogout } = require("holdfast/oidc"); console.log(${names})`),
    ]) {
      assert.equal(output, "function");
    }
  });

  it("gives express-session's shape to require() and to import of holdfast/compat", () => {
    const code = `
      const session = require("holdfast/compat");
      const parts = ["store", "memory", "session", "cookie"].map((part) => require("holdfast/compat/session/" + part));
      const { Store, MemoryStore, Session, Cookie } = session;
      console.log(typeof session, [Store, MemoryStore, Session, Cookie].every((part, at) => part === parts[at]))`;
    assert.equal(run("commonjs", code), "function true");
    const imported = `
      import session, { Cookie, MemoryStore, Session, Store } from "holdfast/compat";
      import Itself from "holdfast/compat/session/store";
      console.log(session.Store === Store, Store === Itself, session.Session === Session, typeof Cookie, typeof MemoryStore)`;
    assert.equal(run("module", imported), "true true true function function");
  });

  it("lets stores be made from its classes in any way that JavaScript has had", () => {
    const code = `
      const util = require("node:util");
      const { Store, MemoryStore } = require("holdfast/compat");
      const made = [Store, MemoryStore].flatMap((Parent) => {
        function Old() { Parent.call(this); }
        util.inherits(Old, Parent);
        class New extends Parent {}
        return [new Old(), new New()].map((store) =>
          [store instanceof Parent, store.on("x", () => {}).emit("x"), typeof store.load].join());
      });
      console.log(new Set(made).size, made[0]);
      try { Store(); } catch (error) { console.log(error.name); }`;
    assert.equal(run("commonjs", code), "1 true,true,function\nTypeError");
  });

  it("lets libraries find callbacks by the number of arguments, as express-session's functions have them", () => {
    const code = `
      const { Session, Store, MemoryStore } = require("holdfast/compat");
      const lengths = (prototype, names) => names.map((name) => prototype[name].length).join("");
      console.log(
        lengths(Session.prototype, ["save", "reload", "destroy", "regenerate", "touch"]),
        lengths(Store.prototype, ["regenerate", "load", "createSession"]),
        lengths(MemoryStore.prototype, ["get", "set", "touch", "destroy", "all", "length", "clear"]))`;
    const ours = run("commonjs", code);
    assert.equal(ours, run("commonjs", code.replace("holdfast/compat", "express-session")));
    assert.equal(ours, "11110 222 2332111");
  });

  it("reads nothing and starts nothing when it is imported", () => {
    const code = `
      import "holdfast"; import "holdfast/guards"; import "holdfast/keys"; import "holdfast/testing";
      console.log(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length)`;
    assert.equal(run("module", code), "0");
  });

  it("puts its command where npx finds it, here as in an app", () => {
    const command = fileURLToPath(new URL("../../../../node_modules/.bin/holdfast", import.meta.url));
    assert.match(execFileSync(command, ["keygen"], { encoding: "utf8" }), /^[\w-]{43}\n$/);
  });
});
