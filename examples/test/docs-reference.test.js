import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { errorTable, session } from "holdfast";
import { openTelemetryMetrics } from "holdfast/telemetry";
import { names, pages, ROOT, read, rows } from "../support/markdown.js";

describe("the reference", () => {
  it("has every error with its status and message, and no other", () => {
    const documented = rows("docs/reference/errors.md").filter(([code]) => names(code).length > 0);
    assert.deepEqual(
      documented.map(([code, status, message]) => [names(code)[0], Number(status), message]),
      Object.entries(errorTable).map(([code, [status, message]]) => [code, status, message]),
    );
    for (const [code, , , when] of documented) assert.ok(when, `${code}: when does it happen?`);
  });

  it("has every option, and no other", () => {
    const options = [
      ...membersOf("express/options.d.ts", "SessionOptions"),
      ...membersOf("session/policy.d.ts", "PolicyOptions"),
      ...membersOf("cookie/options.d.ts", "CookieOptions").map((name) => `cookie.${name}`),
      ...membersOf("express/overload.d.ts", "OverloadOptions").map((name) => `overload.${name}`),
      ...membersOf("express/socket-options.d.ts", "SocketOptions").map((name) => `sockets.${name}`),
      ...membersOf("dbsc/settings.d.ts", "DeviceBoundOptions").map((name) => `deviceBound.${name}`),
    ].filter((name) => name !== "cookie" && name !== "overload" && name !== "sockets");
    const documented = rows("docs/reference/options.md").flatMap(([option]) => names(option));
    assert.deepEqual(documented.toSorted(), options.toSorted());
  });

  it("names in README only options that exist, with the defaults of the reference", () => {
    const reference = new Map(
      rows("docs/reference/options.md").map(([option, value]) => [names(option)[0], value]),
    );
    const short = rows("README.md").filter(([option]) => /^`\w+`$/.test(option));
    assert.ok(short.length > 5);
    for (const [option, value] of short) {
      const [name] = names(option);
      if (name === "cookie") continue;
      assert.ok(reference.has(name), name);
      const [first] = names(value);
      if (first !== undefined && first !== "MemoryStore" && first !== "[]") {
        assert.ok(reference.get(name).includes(first), `${name}: ${value} or ${reference.get(name)}?`);
      }
    }
  });

  it("has every event with its fields, and no other", () => {
    const documented = rows("docs/reference/events.md")
      .filter(([event]) => names(event).length > 0)
      .map(([event, adds]) => [names(event)[0], names(adds.split(":")[0])]);
    assert.deepEqual(documented, eventsOf(declaration("session/events.d.ts")));
  });

  it("has every name of the session's own", () => {
    const documented = rows("docs/reference/session.md")
      .flatMap(([cell]) => names(cell))
      .map((name) => name.replace(/\(.*/, ""))
      .filter((name) => !/^sessions|^off$/.test(name));
    assert.deepEqual(
      documented.toSorted(),
      [...new Set(membersOf("session/object/types.d.ts", "Session"))].toSorted(),
    );
  });
});

describe("the reference of telemetry", () => {
  const page = rows("docs/reference/telemetry.md");

  it("has every outcome with what has it, and no other", () => {
    const text = declaration("session/tracing.d.ts");
    const union = (name) =>
      [...new RegExp(`type ${name} = ([^;]*);`).exec(text)[1].matchAll(/"(\w+)"/g)].map(([, it]) => it);
    const documented = page
      .filter(([, of]) => /^(store|load|commit|all)$/.test(of))
      .map(([outcome, of]) => [names(outcome)[0], of]);
    assert.deepEqual(documented, [
      ["answered", "store"],
      ...union("LoadOutcome").map((it) => [it, "load"]),
      ...union("CommitOutcome").map((it) => [it, "commit"]),
      ["failed", "all"],
    ]);
  });

  it("has every metric with its instrument and unit, and no other", async () => {
    const made = [];
    const instrument = (kind) => (name, options) => {
      made.push([name, kind, options.unit]);
      return { add() {}, record() {}, addCallback() {}, removeCallback() {} };
    };
    const meter = {
      createCounter: instrument("counter"),
      createHistogram: instrument("histogram"),
      createObservableGauge: instrument("gauge"),
    };
    const sessions = session({ secret: randomBytes(32).toString("hex") });
    openTelemetryMetrics(sessions, { meter }).stop();
    await sessions.close();
    const documented = page
      .filter(([metric]) => /^`holdfast\./.test(metric))
      .map(([metric, kind, unit]) => [names(metric)[0], kind, names(unit)[0]]);
    assert.deepEqual(documented.toSorted(), made.toSorted());
  });
});

describe("the requirements", () => {
  const listed = rows("docs/reference/requirements.md").filter(([first]) => first !== "Requirement (source)");

  it("are each listed once, with a source, what is done, and a test", () => {
    assert.ok(listed.length >= 40, `${listed.length} rows`);
    for (const [requirement, done, test, ...more] of listed) {
      assert.match(requirement, / \([^()]+\)$/, `${requirement}: from where?`);
      assert.match(done, /\.$/, requirement);
      assert.match(test, /^`test\/[\w/-]+\.test\.ts`: `[^`]+`$/, requirement);
      assert.deepEqual(more, [], requirement);
    }
    const requirements = listed.map(([requirement]) => requirement);
    assert.deepEqual(requirements, [...new Set(requirements)]);
  });

  it("name tests that exist, by file and title", () => {
    for (const [requirement, , test] of listed) {
      const [file, title] = names(test);
      const path = join(ROOT, "packages/holdfast", file);
      assert.ok(existsSync(path), `${requirement}: there is no ${file}`);
      assert.ok(hasTest(readFileSync(path, "utf8"), title), `${requirement}: ${file} has no "${title}"`);
    }
  });
});

describe("the guide to limits", () => {
  it("has every profile with the numbers of the code, and no other", async () => {
    // Limits that no standard allows: every rule is broken, so every rule is shown.
    const { standards } = await policyOf({ idle: "36525d", absolute: "36525d" });
    const expected = [];
    for (const { profile, source, broken } of standards) {
      const { limits } = await policyOf({ profile });
      const cell = (name) =>
        `\`${limits[name].text}\`${broken.some(({ limit }) => limit === name) ? "" : ", the default"}`;
      const longest = broken
        .map(({ limit, longest, level }) => `${limit} ${longest.text} (${level})`)
        .join(", ");
      expected.push([`\`${profile}\``, cell("idle"), cell("absolute"), longest, source]);
    }
    const documented = rows("docs/guide/limits-by-standard.md").filter((cells) => cells.length === 5);
    assert.deepEqual(documented.slice(1), expected);
  });

  it("has a reference that names every profile", async () => {
    const [, , text] = rows("docs/reference/options.md").find(([option]) => option === "`profile`");
    const { standards } = await policyOf({});
    assert.deepEqual(
      names(text).map((name) => JSON.parse(name)),
      standards.map(({ profile }) => profile),
    );
  });
});

describe("SECURITY.md", () => {
  it("names for each of the ten promises where its tests are", () => {
    const promises = rows("SECURITY.md").filter(([promise]) => /^P\d+$/.test(promise));
    assert.deepEqual(
      promises.map(([promise]) => promise),
      Array.from({ length: 10 }, (_, i) => `P${i + 1}`),
    );
    for (const [promise, , folders] of promises) {
      assert.ok(names(folders).length > 0, promise);
      for (const folder of names(folders)) {
        assert.ok(existsSync(join(ROOT, "packages/holdfast/test", folder)), `${promise}: ${folder}`);
      }
    }
  });
});

describe("links in the documentation", () => {
  const links = pages().flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)#\s]*)(?:#([^)\s]*))?\)/g)]
      .filter(([, target]) => !/^https?:/.test(target))
      .map(([, target, anchor]) => ({
        page,
        path: target === "" ? page : join(dirname(page), target),
        anchor,
      })),
  );

  it("lead to files that exist", () => {
    for (const { page, path } of links) assert.ok(existsSync(join(ROOT, path)), `${page}: ${path}`);
  });

  it("lead to headings that exist", () => {
    for (const { page, path, anchor } of links) {
      if (anchor === undefined) continue;
      const headings = [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => slug(heading));
      assert.ok(headings.includes(anchor), `${page}: ${path}#${anchor}`);
    }
  });
});

/** A heading's anchor, as GitHub makes it. */
function slug(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
}

async function policyOf(options) {
  const sessions = session({ secret: randomBytes(32).toString("hex"), ...options });
  await sessions.close();
  return sessions.policy();
}

/**
 * Whether a test file has an `it` with this title. Of a title built in a template string only the literal parts are
 * compared; what stands in `${…}` may be any text. Templates with next to no literal text match nothing.
 */
function hasTest(source, title) {
  return [...source.matchAll(/\bit\(\s*(?:("(?:[^"\\\n]|\\.)*")|`([^`]*)`)/g)].some(([, text, template]) => {
    if (text !== undefined) return JSON.parse(text) === title;
    const parts = template.split(/\$\{[^}]*\}/);
    if (parts.join("").length < 20) return false;
    const literals = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${literals.join(".+")}$`).test(title);
  });
}

function declaration(file) {
  return readFileSync(join(ROOT, "packages/holdfast/dist", file), "utf8").replaceAll(/\/\*\*.*?\*\//gs, "");
}

function membersOf(file, name) {
  const [, body] = new RegExp(`interface ${name}\\b[^{]*\\{(.*?)^\\}`, "ms").exec(declaration(file)) ?? [];
  assert.ok(body, `${name} in ${file}`);
  return [...body.matchAll(/^ {4}(?:readonly )?(\w+)\??[:(<]/gm)].map(([, member]) => member);
}

/** Each event's name and the names of its own fields. */
function eventsOf(text) {
  const [, body] = /interface SessionEvents \{(.*?)^\}/ms.exec(text) ?? [];
  assert.ok(body, "SessionEvents");
  return [...body.matchAll(/^ {4}(\w+): (Record<never, never>|\{.*?\});$/gms)].map(([, event, fields]) => [
    event,
    [...fields.matchAll(/(?:readonly )(\w+)\??:/g)].map(([, field]) => field),
  ]);
}
