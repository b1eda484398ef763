import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { csrfSync } from "csrf-sync";
import type { Application } from "express";
import type { TestAgent } from "holdfast/testing";
import { across } from "../../src/across.ts";
import { appWith } from "../../src/app.ts";

declare module "holdfast" {
  interface SessionData {
    userId: string | undefined;
    notes: number;
  }
}

function notes(app: Application): void {
  const { csrfSynchronisedProtection, generateToken, revokeToken } = csrfSync();
  app.use(csrfSynchronisedProtection);
  app.get("/token", (req, res) => void res.json(generateToken(req)));
  app.post("/note", (req, res) => {
    req.session.notes = (req.session.notes ?? 0) + 1;
    res.json(req.session.notes);
  });
  app.post("/sign-in", (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error);
      req.session.userId = "anna";
      res.json(generateToken(req));
    });
  });
  app.post("/sign-in-without-regenerate", (req, res) => {
    req.session.userId = "anna";
    res.sendStatus(204);
  });
  app.post("/revoke", (req, res) => {
    revokeToken(req);
    res.sendStatus(204);
  });
}

async function tokenOf(browser: TestAgent): Promise<string> {
  return String((await browser.get("/token")).json());
}

/** What becomes of a request that changes something and brings a token. */
async function statusOf(browser: TestAgent, token: string | undefined, path = "/note"): Promise<number> {
  return (await browser.post(path, {}, { headers: { "x-csrf-token": token } })).status;
}

across({ name: "csrf-sync", seen: "scripts that send the token in a header" }, (setting, say) => {
  say.holds("a session's token is accepted from request to request", async (test) => {
    const { browser } = await appWith(test, setting, notes);
    const token = await tokenOf(browser);
    for (const status of [200, 200]) assert.equal(await statusOf(browser, token), status);
    assert.equal(await tokenOf(browser), token);
  });

  say.holds("no token, and another session's, are refused", async (test) => {
    const { browser } = await appWith(test, setting, notes);
    const stranger = browser.newBrowser();
    const strange = await tokenOf(stranger);
    await tokenOf(browser);
    assert.deepEqual([await statusOf(browser, undefined), await statusOf(browser, strange)], [403, 403]);
  });

  say.holds("after a sign-in with regenerate its token counts, and the one before no more", async (test) => {
    const { browser } = await appWith(test, setting, notes);
    const before = await tokenOf(browser);
    const reply = await browser.post("/sign-in", {}, { headers: { "x-csrf-token": before } });
    const token = String(reply.json());
    assert.notEqual(token, before);
    assert.deepEqual([await statusOf(browser, before), await statusOf(browser, token)], [403, 200]);
    assert.equal(await tokenOf(browser), token);
  });

  say.holds("a revoked token is refused, and another can be had", async (test) => {
    const { browser } = await appWith(test, setting, notes);
    const token = await tokenOf(browser);
    assert.equal(await statusOf(browser, token, "/revoke"), 204);
    assert.equal(await statusOf(browser, token), 403);
    assert.equal(await statusOf(browser, await tokenOf(browser)), 200);
  });

  const signInWithoutRegenerate = async (test: TestContext): Promise<number> => {
    const { browser } = await appWith(test, setting, notes);
    const before = await tokenOf(browser);
    assert.equal(await statusOf(browser, before, "/sign-in-without-regenerate"), 204);
    return statusOf(browser, before);
  };

  if (setting.api.name === "holdfast") {
    say.differs("a sign-in without regenerate makes the token before it worthless too", async (test) => {
      assert.equal(await signInWithoutRegenerate(test), 403);
    });
  } else {
    say.holds("a sign-in without regenerate leaves the token as it is", async (test) => {
      assert.equal(await signInWithoutRegenerate(test), 200);
    });
  }
});
