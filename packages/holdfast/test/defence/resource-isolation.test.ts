import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ResourceIsolationOptions, resourceIsolation } from "../../src/defence/index.ts";
import { codeIn, defenceApp } from "../support/defence-app.ts";

const SITES = [undefined, "same-origin", "same-site", "cross-site", "none", "unheard-of"];
const MODES = [undefined, "navigate", "no-cors", "cors", "same-origin", "nested-navigate"];
const DESTINATIONS = [
  undefined,
  "document",
  "iframe",
  "frame",
  "embed",
  "object",
  "image",
  "script",
  "empty",
];

describe("resourceIsolation()", () => {
  it("lets in of other sites only what opens a tab: every site, mode and destination", async (test) => {
    const { agent } = await defenceApp(test, (app) => app.use(resourceIsolation()));
    for (const site of SITES)
      for (const mode of MODES)
        for (const destination of DESTINATIONS) {
          const headers = {
            "sec-fetch-site": site,
            "sec-fetch-mode": mode,
            "sec-fetch-dest": destination,
          };
          const foreign = site === "cross-site" || site === "same-site";
          const tab = mode === "navigate" && (destination ?? "document") === "document";
          const { status } = await agent.get("/", { headers });
          assert.equal(status, foreign && !tab ? 403 : 200, JSON.stringify(headers));
        }
  });

  it("tells caches and browsers what holds, and the session's listeners what happened", async (test) => {
    const { agent, events, handled } = await defenceApp(test, (app) => app.use(resourceIsolation()));
    const image = {
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "no-cors",
      "sec-fetch-dest": "image",
    };
    const refused = await agent.get("/photo", { headers: image });
    assert.deepEqual([refused.status, codeIn(refused)], [403, "ERR_HOLDFAST_CROSS_SITE"]);
    assert.equal(refused.headers["cache-control"], "no-store", "some caches pass over Vary");
    for (const { headers } of [refused, await agent.get("/photo")]) {
      assert.equal(headers.vary, "Sec-Fetch-Site, Sec-Fetch-Mode, Sec-Fetch-Dest, Origin");
      assert.equal(headers["cross-origin-resource-policy"], "same-origin");
    }
    assert.deepEqual(handled, ["GET /photo"]);
    assert.deepEqual(
      events.map((event) => [event.type, Reflect.get(event, "reason")]),
      [["malicious_csrf", "embedded"]],
    );
  });

  it("leaves the app's own Cross-Origin-Resource-Policy as it is, whether set before or after", async (test) => {
    const { agent } = await defenceApp(test, (app) => {
      app.use("/before", (_req, res, next) => {
        res.set("Cross-Origin-Resource-Policy", "cross-origin");
        next();
      });
      app.use(resourceIsolation());
      app.use("/after", (_req, res, next) => {
        res.set("Cross-Origin-Resource-Policy", "same-site");
        next();
      });
    });
    for (const [path, policy] of [
      ["/before", "cross-origin"],
      ["/after", "same-site"],
      ["/else", "same-origin"],
    ] as const)
      assert.equal((await agent.get(path)).headers["cross-origin-resource-policy"], policy);
  });

  it("leaves other methods to the check against forged requests", async (test) => {
    const { agent } = await defenceApp(test, (app) => app.use(resourceIsolation()));
    const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" };
    for (const method of ["POST", "OPTIONS"])
      assert.equal((await agent.send("/", { method, headers })).status, 200, method);
    assert.equal((await agent.send("/", { method: "HEAD", headers })).status, 403);
  });

  it("has exceptions: origins that read with CORS, sister hosts, paths, and a time of reports", async (test) => {
    const cors = {
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "cors",
      "sec-fetch-dest": "empty",
      origin: "https://shop.example",
    };
    const frame = {
      "sec-fetch-site": "same-site",
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "iframe",
    };
    const { agent, events } = await defenceApp(test, (app) => {
      app.use("/cors", resourceIsolation({ origin: "https://shop.example" }));
      app.use("/sister", resourceIsolation({ insecureAllowSameSite: true }));
      app.use("/badge", resourceIsolation({ exempt: ["/badge/a.svg"] }));
      app.use("/report", resourceIsolation({ insecureReportOnly: true }));
    });
    const get = (path: string, headers: Record<string, string>) => agent.get(path, { headers });
    assert.equal((await get("/cors", cors)).status, 200);
    assert.equal((await get("/cors", { ...cors, origin: "https://evil.example" })).status, 403);
    const sister = await get("/sister", frame);
    assert.deepEqual([sister.status, sister.headers["cross-origin-resource-policy"]], [200, "same-site"]);
    assert.equal((await get("/sister", cors)).status, 403);
    const badge = await get("/badge/a.svg", frame);
    assert.deepEqual([badge.status, badge.headers["cross-origin-resource-policy"]], [200, undefined]);
    assert.equal((await get("/badge/b.svg", frame)).status, 403);
    events.length = 0;
    assert.equal((await get("/report", frame)).status, 200);
    assert.equal(events[0] && Reflect.get(events[0], "reportOnly"), true);
  });

  it("refuses options that it does not know or cannot use", () => {
    for (const options of [
      { sameSite: true },
      { origin: "x" },
      { insecureAllowSameSite: 1 },
      { exempt: "/" },
      { insecureReportOnly: 0 },
      { onRefusal: 1 },
    ])
      assert.throws(
        () => resourceIsolation(options as ResourceIsolationOptions),
        { name: "HoldfastError" },
        JSON.stringify(options),
      );
  });
});
