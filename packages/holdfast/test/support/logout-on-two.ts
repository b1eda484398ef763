import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Store } from "../../src/store/contract.ts";
import { browserWith, cookieOf, strongSecret } from "./session-app.ts";
import { ssoApp, testProvider, usersOf } from "./sso-app.ts";

/** Logouts at the provider, on two processes that share their sessions. */
export async function logOutOnTwo(test: TestContext, open: () => Store<unknown>): Promise<void> {
  const provider = await testProvider();
  const options = { provider, secret: strongSecret(), storeTimeout: "30s" } as const;
  const one = await ssoApp(test, { ...options, store: open() });
  const two = await ssoApp(test, { ...options, store: open() });
  const sids = ["s0", "s1", "s2", "s3", "s4", "s5"];
  const browsers = await Promise.all(sids.map((sid, i) => (i % 2 === 0 ? one : two).browser("anna", sid)));
  const asOne = browsers.map((browser) => browserWith(one.app, cookieOf(browser)));
  const asTwo = browsers.map((browser) => browserWith(two.app, cookieOf(browser)));

  assert.equal((await one.logOut({ sid: "s1" })).status, 200);
  assert.equal((await two.logOut({ sid: "s2", sub: "anna" })).status, 200);
  const left = ["anna", undefined, undefined, "anna", "anna", "anna"];
  assert.deepEqual(await usersOf(one.app, asOne), left);
  assert.deepEqual(await usersOf(two.app, asTwo), left);

  const token = await provider.logoutToken({ sub: "anna" });
  const idToken = provider.claims("anna", "s6");
  const signIns = Array.from({ length: 10 }, (_, i) => {
    const { app } = i % 2 === 0 ? one : two;
    return app.act((session) => session.signIn("anna", { idToken }), { by: app.agent.newBrowser() });
  });
  assert.equal((await two.send(token)).status, 200);
  await Promise.all(signIns);
  assert.deepEqual(await one.app.sessions.list("anna"), []);

  provider.clock.advance("2s");
  const again = await two.browser("anna", "s7");
  assert.equal((await one.send(token)).status, 200);
  assert.deepEqual(await usersOf(two.app, [again]), ["anna"]);
}
