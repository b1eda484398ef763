import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  type CrossSiteFacts,
  crossSiteMessages,
  crossSiteRefusal,
  isSafeMethod,
  upgradeRefusal,
} from "../../src/cross-site/verdict.ts";

const ANY = new Set<string>();
const OWN = new Set(["https://app.example.org"]);

/** A form that was sent from the app's own page, but for what is said. */
const facts = (changes: Partial<CrossSiteFacts> = {}): CrossSiteFacts => ({
  method: "POST",
  fetchSite: undefined,
  origin: undefined,
  referer: undefined,
  host: "app.example.org",
  secure: true,
  ...changes,
});

const verdict = (changes: Partial<CrossSiteFacts>, origins: ReadonlySet<string> = ANY) =>
  crossSiteRefusal(facts(changes), origins);

describe("the cross-site check", () => {
  it("lets methods pass that change nothing, and no others, whatever their case", () => {
    const evil = { fetchSite: "cross-site", origin: "https://evil.example" };
    for (const method of ["GET", "HEAD", "OPTIONS", "TRACE"]) {
      assert.ok(isSafeMethod(method));
      assert.equal(verdict({ ...evil, method }), null, method);
    }
    for (const method of [
      "POST",
      "PUT",
      "PATCH",
      "DELETE",
      "QUERY",
      "PROPFIND",
      "get",
      "Get",
      "",
      undefined,
    ]) {
      assert.equal(isSafeMethod(method), false);
      assert.equal(verdict({ ...evil, method }), "cross-site", String(method));
    }
  });

  it("goes by Fetch Metadata first, Origin and Referer notwithstanding", () => {
    const lies = { origin: "https://evil.example", referer: "https://evil.example/" };
    const truths = { origin: "https://app.example.org", referer: "https://app.example.org/" };
    for (const rest of [{}, lies, truths]) {
      for (const site of ["same-origin", "none"])
        assert.equal(verdict({ fetchSite: site, ...rest }), null, site);
      for (const site of ["cross-site", "same-site"])
        assert.equal(verdict({ fetchSite: site, ...rest }), "cross-site", site);
    }
  });

  it("believes that no page had a hand in it only of navigations: a script is an extension's", () => {
    const extension = "chrome-extension://abcdefghijklmnop";
    for (const fetchMode of ["cors", "no-cors", "same-origin", "websocket", "", "Navigate"]) {
      assert.equal(verdict({ fetchSite: "none", fetchMode }), "no-origin", fetchMode);
      assert.equal(verdict({ fetchSite: "none", fetchMode, origin: extension }), "other-origin", fetchMode);
      assert.equal(
        verdict({ fetchSite: "none", fetchMode, origin: extension }, new Set([extension])),
        null,
        fetchMode,
      );
    }
    assert.equal(verdict({ fetchSite: "none", fetchMode: "navigate" }), null);
  });

  it("does not believe it of what is fetched ahead: pages can ask for that, sister hosts' among them", () => {
    for (const purpose of ["prefetch", "prefetch;prerender", "prefetch;anonymous-client-ip", ""]) {
      const ahead = { method: "DELETE", fetchSite: "none", fetchMode: "navigate", purpose };
      assert.equal(verdict(ahead), "no-origin", purpose);
      assert.equal(verdict({ ...ahead, referer: "https://sister.example.org/" }), "other-origin", purpose);
      assert.equal(verdict({ ...ahead, referer: "https://app.example.org/list" }), null, purpose);
    }
  });

  it("takes an unknown value of Sec-Fetch-Site for none: never as a reason to allow", () => {
    for (const site of [
      undefined,
      "",
      "SAME-ORIGIN",
      "same-origin ",
      "same-origin, cross-site",
      "same-host",
      "true",
      "?1",
    ]) {
      assert.equal(verdict({ fetchSite: site }), "no-origin", site);
      assert.equal(verdict({ fetchSite: site, origin: "https://evil.example" }), "other-origin", site);
      assert.equal(verdict({ fetchSite: site, origin: "https://app.example.org" }), null, site);
    }
  });

  const foreign = [
    "https://evil.example",
    "https://app.example.org.evil.test",
    "https://evilapp.example.org",
    "https://sub.app.example.org",
    "https://example.org",
    "http://app.example.org",
    "https://app.example.org:8443",
    "https://app.example.org:443",
    "https://app.example.org.",
    "https://app.example.org/",
    "https://user@app.example.org",
    "https://app.example.org, https://evil.example",
    "wss://app.example.org",
    "null",
    "",
    "app.example.org",
    "file://",
  ];
  for (const [what, origins] of [
    ["the configured origin", OWN],
    ["the Host", ANY],
  ] as const) {
    it(`without Fetch Metadata compares Origin with ${what}: scheme, host and port, to the letter`, () => {
      assert.equal(verdict({ origin: "https://app.example.org" }, origins), null);
      for (const origin of foreign) assert.equal(verdict({ origin }, origins), "other-origin", origin);
    });

    it(`without Origin compares the Referer's origin with ${what}`, () => {
      for (const referer of [
        "https://app.example.org/",
        "https://app.example.org/a/b?c=d",
        "https://app.example.org",
        "HTTPS://APP.example.org/",
      ]) {
        assert.equal(verdict({ referer }, origins), null, referer);
      }
      for (const referer of [
        "https://evil.example/https://app.example.org/",
        "https://app.example.org.evil.test/",
        "https://app.example.org@evil.example/",
        "http://app.example.org/",
        "https://app.example.org:8443/",
      ]) {
        assert.equal(verdict({ referer }, origins), "other-origin", referer);
      }
      for (const referer of ["", "about:client", "/relative", "data:text/html,x", "not a url"]) {
        assert.equal(verdict({ referer }, origins), "no-origin", referer);
      }
    });
  }

  it("has no more of a Referer parsed than the longest origin, however long it is", (test) => {
    let parsed = 0;
    const RealUrl = globalThis.URL;
    class CountingUrl extends URL {
      static override canParse(text: string): boolean {
        parsed += text.length;
        return RealUrl.canParse(text);
      }
    }
    globalThis.URL = CountingUrl;
    test.after(() => {
      globalThis.URL = RealUrl;
    });
    for (const size of [1_000, 10_000, 100_000]) {
      // Parsing one label of Punycode takes the square of its length.
      const hosts = [`xn--${"b".repeat(size)}-${"a".repeat(size)}`, "\u00fc".repeat(size), "a.".repeat(size)];
      for (const host of hosts) {
        assert.equal(verdict({ referer: `https://${host}/` }), "no-origin");
        assert.equal(verdict({ referer: `https://app.example.org/${host}` }), null);
        assert.equal(verdict({ referer: `https://app.example.org@${host}/` }), "no-origin");
      }
    }
    assert.ok(parsed < 9 * 300, String(parsed));
    const longest = `${"a.".repeat(125)}com`;
    assert.equal(verdict({ referer: `https://${longest}:8443/page`, host: `${longest}:8443` }), null);
  });

  it("does not fall back to a good Referer from a bad Origin", () => {
    assert.equal(verdict({ origin: "null", referer: "https://app.example.org/" }), "other-origin");
  });

  it("with a configured origin is not swayed by a forged Host", () => {
    const forged = { host: "evil.example", origin: "https://evil.example", referer: "https://evil.example/" };
    assert.equal(verdict(forged, OWN), "other-origin");
    assert.equal(verdict({ host: "evil.example", origin: "https://app.example.org" }, OWN), null);
  });

  it("against the Host knows HTTP from HTTPS, minds no case, and refuses where there is none", () => {
    assert.equal(verdict({ secure: false, origin: "http://app.example.org" }), null);
    assert.equal(verdict({ secure: false, origin: "https://app.example.org" }), "other-origin");
    assert.equal(verdict({ host: "APP.Example.org:8443", origin: "https://app.example.org:8443" }), null);
    assert.equal(verdict({ host: undefined, origin: "https://undefined" }), "other-origin");
    assert.equal(verdict({ host: "", origin: "https://" }), "other-origin");
  });

  it("against the Host minds no default port there, and every other one", () => {
    const own = "https://app.example.org";
    for (const host of ["app.example.org:443", "APP.example.org:443"]) {
      assert.equal(verdict({ host, origin: own }), null);
      assert.equal(verdict({ host, referer: `${own}/page` }), null);
      assert.equal(upgradeRefusal({ host, origin: own, secure: true }, ANY), null);
      assert.equal(verdict({ host, origin: "https://app.example.org:8443" }), "other-origin");
    }
    assert.equal(verdict({ secure: false, host: "[::1]:80", origin: "http://[::1]" }), null);
    for (const host of [
      "app.example.org:80",
      "app.example.org:4430",
      "app.example.org:",
      "app.example.org443",
    ])
      assert.equal(verdict({ host, origin: own }), "other-origin", host);
    assert.equal(
      verdict({ secure: false, host: "app.example.org:443", origin: "http://app.example.org" }),
      "other-origin",
    );
    assert.equal(verdict({ host: ":443", origin: own }), "other-origin");
  });

  it("lets a sister origin in that the app has named, though the browser calls it cross-site", () => {
    const both = new Set([...OWN, "https://shop.example.org"]);
    const sister = { fetchSite: "same-site", origin: "https://shop.example.org" };
    assert.equal(verdict(sister, both), null);
    assert.equal(verdict(sister, OWN), "cross-site");
    assert.equal(verdict({ ...sister, origin: "https://other.example.org" }, both), "cross-site");
  });

  it("says in each case what is missing and what to do", () => {
    assert.match(
      crossSiteMessages["no-origin"],
      /no Sec-Fetch-Site, Origin or Referer.*Send an Origin header/s,
    );
    assert.match(crossSiteMessages["other-origin"], /add it to the `origin` option/);
    assert.match(crossSiteMessages["cross-site"], /from another site/);
  });

  it("never throws, and never lets an unsafe request pass that names no own origin", () => {
    const text = fc.option(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.constantFrom("null", "https://app.example.org.evil.test", "cross-site"),
      ),
      { nil: undefined },
    );
    const request = fc.record({
      method: fc.constantFrom("POST", "PUT", "DELETE", "PATCH"),
      fetchSite: text,
      origin: text,
      referer: text,
      host: text,
      secure: fc.boolean(),
    });
    fc.assert(
      fc.property(request, (given) => {
        const passes = crossSiteRefusal(given, OWN) === null;
        const claims = [given.origin, given.referer].some((value) =>
          value?.toLowerCase().startsWith("https://app.example.org"),
        );
        assert.ok(!passes || claims || given.fetchSite === "same-origin" || given.fetchSite === "none");
      }),
      { numRuns: 1000 },
    );
  });
});
