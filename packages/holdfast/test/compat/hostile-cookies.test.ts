import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { legacyStore } from "../support/legacy-store.ts";
import { rawExchange } from "../support/raw.ts";
import { itInBoth, libraries, SECRET, serveLegacy } from "../support/side-by-side.ts";

const PROTOTYPE_NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "prototype", "valueOf"];

/** The cookie of an id, signed as by the server. */
function signed(id: string, secret = SECRET): string {
  const signature = createHmac("sha256", secret).update(id).digest("base64").replace(/=+$/, "");
  return encodeURIComponent(`s:${id}.${signature}`);
}

/** Serves an app in which anna is signed in, and gives her cookie. */
async function annasApp(test: Parameters<typeof serveLegacy>[0], library: (typeof libraries)["compat"]) {
  const store = legacyStore(library);
  const { agent, errors } = await serveLegacy(test, library, { store }, (req, res) => {
    if (req.url === "/login") req.session.user = "anna";
    res.end(String(req.session.user ?? "nobody"));
  });
  await agent.get("/login");
  const cookie = agent.cookies.get("connect.sid") ?? "";
  assert.equal((await agent.get("/")).text, "anna");
  store.calls.length = 0;
  const ask = async (header: string): Promise<unknown[]> => {
    const { status, text, setCookie } = await agent.newBrowser().get("/", { headers: { cookie: header } });
    return [status, text, setCookie];
  };
  return { agent, store, errors, cookie, ask };
}

const ANONYMOUS = [200, "nobody", []];

describe("A cookie that is not genuine", () => {
  itInBoth("is an anonymous session, and the store is not asked", async (test, library) => {
    const { cookie, ask, store, errors } = await annasApp(test, library);
    const plain = decodeURIComponent(cookie);
    const id = plain.slice(2).split(".")[0] ?? "";
    const values: Readonly<Record<string, string>> = {
      empty: "",
      "the id alone": id,
      "without a signature": `s%3A${id}`,
      "with an empty signature": `s%3A${id}.`,
      "without an id": "s%3A.",
      "an empty id, signed": `s%3A${plain.slice(plain.indexOf("."))}`,
      truncated: cookie.slice(0, -1),
      "one character more": `${cookie}A`,
      "another case": cookie.toUpperCase(),
      "another prefix": cookie.replace("s%3A", "j%3A"),
      "no prefix": cookie.replace("s%3A", ""),
      "encoded twice": encodeURIComponent(cookie),
      "broken encoding": cookie.replace("%3A", "%3"),
      "encoding of nothing": "%",
      "encoding that is no UTF-8": "%ff%fe",
      "a NUL": cookie.replace(".", "%00."),
      "a line break": `${cookie}%0d%0aSet-Cookie%3A%20a%3Db`,
      JSON: `j%3A${encodeURIComponent(`{"id":"${id}"}`)}`,
      oversized: `s%3A${"A".repeat(8_000)}.${"A".repeat(43)}`,
      "many dots": `s%3A${".".repeat(4_000)}`,
      "of another secret": signed(id, "another"),
      "of no secret": signed(id, ""),
      ...Object.fromEntries(PROTOTYPE_NAMES.map((name) => [name, name])),
    };
    for (const [what, value] of Object.entries(values)) {
      assert.deepEqual(await ask(`connect.sid=${value}`), ANONYMOUS, what);
    }
    assert.deepEqual([store.calls, errors], [[], []]);
  });

  itInBoth("under a name that only looks like ours is none", async (test, library) => {
    const { cookie, ask, store } = await annasApp(test, library);
    for (const name of [
      "Connect.sid",
      "connect%2Esid",
      "xconnect.sid",
      "connect.sid2",
      "$connect.sid",
      "[connect.sid]",
    ]) {
      assert.deepEqual(await ask(`${name}=${cookie}`), ANONYMOUS, name);
    }
    assert.deepEqual(store.calls, []);
  });

  it("of any characters that a header can carry is an anonymous session, as in express-session", async (test) => {
    const apps = [await annasApp(test, libraries.expressSession), await annasApp(test, libraries.compat)];
    const octet = fc
      .integer({ min: 0x20, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code));
    const piece = fc.oneof(
      fc.constantFrom(
        "connect.sid=",
        "s%3A",
        "s:",
        ".",
        ";",
        "=",
        '"',
        "%",
        "%00",
        "%0d%0a",
        "j:",
        ",",
        " ",
        "\t",
      ),
      fc.constantFrom(...PROTOTYPE_NAMES),
      fc.string({ unit: octet, maxLength: 20 }),
    );
    const header = fc.array(piece, { maxLength: 12 }).map((pieces) => `connect.sid=${pieces.join("")}`);
    await fc.assert(
      fc.asyncProperty(header, async (sent) => {
        for (const { ask } of apps) assert.deepEqual(await ask(sent), ANONYMOUS);
      }),
      { numRuns: 150 },
    );
    for (const { store, errors } of apps) assert.deepEqual([store.calls, errors], [[], []]);
  });

  it("is none either where one character of a genuine one was changed", async (test) => {
    const { cookie, ask, store } = await annasApp(test, libraries.compat);
    const plain = decodeURIComponent(cookie);
    for (let at = 0; at < plain.length; at++) {
      const changed = plain.slice(0, at) + (plain[at] === "x" ? "y" : "x") + plain.slice(at + 1);
      // The last character of 43 has two bits that say nothing; the text is compared all the same.
      assert.deepEqual(await ask(`connect.sid=${encodeURIComponent(changed)}`), ANONYMOUS, `position ${at}`);
    }
    assert.deepEqual(store.calls, []);
  });
});

describe("A genuine cookie", () => {
  itInBoth("is accepted unquoted, quoted, and without its percent-encoding", async (test, library) => {
    const { cookie, ask } = await annasApp(test, library);
    for (const value of [cookie, `"${cookie}"`, decodeURIComponent(cookie), ` ${cookie} `]) {
      assert.deepEqual((await ask(`a=1; connect.sid=${value}; b=2`))[1], "anna", value);
    }
  });

  for (const id of [
    ...PROTOTYPE_NAMES,
    "",
    ".",
    "..",
    "../../etc/passwd",
    "a\0b",
    "a\r\nb",
    "x".repeat(2_000),
  ]) {
    itInBoth(
      `of an id that nobody has is anonymous: ${JSON.stringify(id.slice(0, 20))}`,
      async (test, library) => {
        const store = new library.MemoryStore();
        const { agent, errors } = await serveLegacy(test, library, { store }, (req, res) =>
          res.end(String(req.session.user ?? "nobody")),
        );
        const { status, text } = await agent.get("/", { headers: { cookie: `connect.sid=${signed(id)}` } });
        assert.deepEqual([status, text, errors], [200, "nobody", []]);
      },
    );
  }
});

describe("Many cookies", () => {
  it("of the session's name cost a bounded number of reads", async (test) => {
    const { ask, store, cookie } = await annasApp(test, libraries.compat);
    const many = Array.from({ length: 60 }, (_, index) => `connect.sid=${signed(`id${index}`)}`);
    assert.deepEqual(await ask([...many, `connect.sid=${cookie}`].join("; ")), ANONYMOUS);
    assert.ok(store.calls.length <= 8, `${store.calls.length} reads`);
  });

  it("in several header lines are one header", async (test) => {
    const { agent, cookie } = await annasApp(test, libraries.compat);
    const head = [
      "GET / HTTP/1.1",
      "Host: a",
      "Cookie: a=1",
      `Cookie: connect.sid=${cookie}`,
      "Connection: close",
    ];
    assert.match(await rawExchange(agent.port, `${head.join("\r\n")}\r\n\r\n`), /anna/);
  });
});
