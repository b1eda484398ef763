import assert from "node:assert/strict";
import { describe, it } from "node:test";
import express from "express";
import fc from "fast-check";
import {
  cookiePolicy,
  crossOrigin,
  csrfToken,
  requireCsrfToken,
  requireHttps,
  resourceIsolation,
} from "../../src/defence/index.ts";
import { safeReturnTo } from "../../src/guards/index.ts";
import { session } from "../../src/index.ts";
import { handler, inEnvironment, serveRow } from "../support/policy-apps.ts";
import { rawExchange } from "../support/raw.ts";
import { strongSecret } from "../support/session-app.ts";
import type { Wrapper } from "../support/wrappers.ts";

const OWN = "https://example.com";

// Node itself refuses control characters but the tab.
const octet = fc.constantFrom(
  ...Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter(
    (one) => one === "\t" || (one >= " " && one !== "\x7f"),
  ),
);

/** What somebody may write into a header, and bits of what the defences look for. */
const bits = fc.oneof(
  fc.string({ unit: octet, maxLength: 8 }),
  fc.constantFrom(
    ..."https http null on 1 none same-origin cross-site navigate DELETE GET _method=DELETE _csrf=x".split(
      " ",
    ),
    ...`proto=https {"scheme":"https"} __Host-csrf=aaaaaaaaaaaaaaaaaaaaaa __Host-session=x session=.`.split(
      " ",
    ),
    ...[
      "; ",
      ", ",
      ";",
      ",",
      "=",
      '"',
      "\\",
      "//",
      "/",
      "@",
      ":",
      "?",
      "%",
      "%00",
      "%zz",
      "[::1]",
      "%5c",
      " ",
    ],
    ...[OWN, "example.com", "localhost:3000", "javascript:", "//evil.example", "\t", "x".repeat(3000)],
  ),
);
const text = fc.array(bits, { maxLength: 5 }).map((parts) => parts.join(""));

const NAMES = [
  ...["Cookie", "Origin", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "X-CSRF-Token"],
  ...[
    "Forwarded",
    "X-Forwarded-Proto",
    "X-Forwarded-Host",
    "X-Forwarded-For",
    "X-Forwarded-Ssl",
    "CF-Visitor",
  ],
  ...["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "Via", "User-Agent", "Accept"],
] as const;

const request = fc.record({
  method: fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"),
  query: text.map((query) => query.replace(/ /g, "+").replace(/[^\x21-\x7e]/g, "")),
  host: fc.oneof(fc.constant("example.com"), text),
  headers: fc.array(fc.tuple(fc.constantFrom(...NAMES), text), { maxLength: 6 }),
  body: fc.oneof(fc.constant(""), text),
});

function write({
  method,
  query,
  host,
  headers,
  body,
}: typeof request extends fc.Arbitrary<infer R> ? R : never): string {
  const lines = [["Host", host], ...headers].map(([name, value]) => `${name}: ${value}`);
  return [
    `${method} /page?returnTo=${query}&${query} HTTP/1.1`,
    ...lines,
    "Content-Type: application/x-www-form-urlencoded",
    `Content-Length: ${body.length}`,
    "Connection: close",
    "",
    body,
  ].join("\r\n");
}

/** All defences in a row, and a page that uses them. */
function row(sessions: Wrapper, options: { readonly parse: boolean }): Wrapper[] {
  const parse = express.urlencoded({ extended: true });
  const page = handler((res, req) => {
    const returnTo = new URL(req.url ?? "/", OWN).searchParams.get("returnTo");
    res.setHeader("Set-Cookie", "theme=dark");
    res.setHeader("Link", `<${safeReturnTo(returnTo, "/")}>; rel=next`);
    res.end(csrfToken(req));
  });
  return [
    inEnvironment("production", () => requireHttps({ host: "example.com", onWarning: () => {} })) as Wrapper,
    cookiePolicy({ onReport: () => {} }) as Wrapper,
    sessions,
    crossOrigin({ origin: OWN }) as Wrapper,
    resourceIsolation({ origin: OWN }) as Wrapper,
    ...(options.parse ? [parse as unknown as Wrapper] : []),
    requireCsrfToken() as Wrapper,
    page,
  ];
}

describe("whatever is in a request's headers", () => {
  for (const [stack, https] of [
    ["Express 5", true],
    ["Express 5", false],
    ["Express 4", true],
    ["node:http", true],
    ["node:http", false],
  ] as const) {
    it(`the defences give a verdict and no failure, over ${https ? "HTTPS" : "plain HTTP"} on ${stack}`, async (test) => {
      const sessions = session({ secret: strongSecret(), origin: OWN, onWarning: () => {} });
      test.after(() => sessions.close());
      const parse = stack !== "node:http";
      const agent = await serveRow(test, stack, row(sessions as Wrapper, { parse }), { https });
      const seen = new Set<string>();
      await fc.assert(
        fc.asyncProperty(request, async (given) => {
          const [, status = ""] =
            /^HTTP\/1\.1 (\d{3}) /.exec(await rawExchange(agent.port, write(given))) ?? [];
          seen.add(status);
          assert.match(status, /^[234]/, JSON.stringify(given));
        }),
        { numRuns: 200 },
      );
      for (const expected of https ? ["200", "403"] : ["308", "403"]) assert.ok(seen.has(expected), expected);
    });
  }
});
