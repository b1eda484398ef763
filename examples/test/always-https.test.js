import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Browser } from "../support/browser.js";
import { start } from "../support/program.js";

describe("always-https.js", () => {
  it("serves sessions over HTTPS, with the strictest cookie", async (t) => {
    const { url } = await start(t, "always-https.js");
    assert.equal(url.protocol, "https:");
    const browser = new Browser(url);
    const reply = await browser.get("/");
    assert.match(reply.setCookie[0], /^__Host-session=\S+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    assert.equal((await browser.get("/")).text, "You visited this page 2 times");
  });

  it("sends plain HTTP on to the same page over HTTPS, and no cookie with it", async (t) => {
    const { url, output } = await start(t, "always-https.js");
    const plain = new Browser(await redirecting(output));
    const reply = await plain.get("/a/b?c=d");
    assert.equal(reply.status, 308);
    assert.equal(reply.headers.location, new URL("/a/b?c=d", url).href);
    assert.deepEqual(reply.setCookie, []);
  });

  it("asks browsers to stay with HTTPS, but not on localhost", async (t) => {
    const { url } = await start(t, "always-https.js");
    const browser = new Browser(url);
    assert.equal((await browser.get("/")).headers["strict-transport-security"], undefined);
    const elsewhere = await browser.get("/", { host: "example.com" });
    assert.equal(elsewhere.headers["strict-transport-security"], "max-age=31536000; includeSubDomains");
  });
});

async function redirecting(output) {
  for (;;) {
    const [, found] = /Redirecting from (\S+)/.exec(output()) ?? [];
    if (found !== undefined) return new URL(found);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
