/**
 * A session cookie that a whole domain shares, `cookie.domain`: its prefix is `__Secure-`, and every host of the domain
 * can plant one. What is promised then, and what no longer can be.
 */
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import type { BrowserContext } from "playwright-core";
import { BANK, type Bank, customer, openBank, SISTER, signIn, visitor } from "../support/bank.ts";
import { useWeb } from "../support/web.ts";

const SESSION = "__Secure-session";

describe("a session cookie that a domain shares, in a real browser", () => {
  const web = useWeb();
  let bank: Bank;

  before(() => {
    bank = openBank({
      cookie: { domain: "example.test" },
      routes: (app) =>
        app.use("/pay/basket", (req, _res, next) => {
          Object.assign(req.session, { basket: ["a book"] });
          next();
        }),
    });
    web.serve(BANK, bank.app);
  });
  after(() => bank.sessions.close());

  /** The victim visits the sister, which plants a value for each path. */
  async function plant(context: BrowserContext, values: Readonly<Record<string, string>>): Promise<void> {
    const cookies = Object.entries(values).map(
      ([path, value]) => `${SESSION}=${value}; Domain=example.test; Path=${path}; Secure`,
    );
    await answered(context, cookies);
  }

  async function answered(context: BrowserContext, cookies: readonly string[]): Promise<void> {
    web.page(SISTER, "", { "Set-Cookie": cookies });
    const page = await context.newPage();
    await page.goto(`${SISTER}/`);
    await page.close();
  }

  const idOf = async (context: BrowserContext): Promise<string> =>
    (await context.cookies(BANK)).find(({ name }) => name === SESSION)?.value ?? "none";
  /** How many session cookies came with the last request for a page. */
  const came = (path: string): number =>
    web
      .seen(`GET ${BANK}${path}`)
      .at(-1)
      ?.cookies.filter((name) => name === SESSION).length ?? 0;

  for (const order of ["before", "after"])
    web.it(
      `planted ${order} the victim's sign-in, beside it: the victim is nobody, and an event says so`,
      async () => {
        const attacker = await customer(web, "mallory");
        const planted = await idOf(attacker);
        const context = await web.browser();
        if (order === "before") await plant(context, { "/pay": planted });
        await signIn(context, "anna");
        if (order === "after") await plant(context, { "/pay": planted });
        bank.events.length = 0;
        assert.equal(await visitor(context, "/pay"), "nobody");
        assert.equal(came("/pay"), 2);
        assert.deepEqual(
          bank.events
            .filter(({ type }) => type === "session_duplicate")
            .map((event) => Reflect.get(event, "live")),
          [2],
        );
        assert.equal(await visitor(context, "/"), "anna", "where the planted one does not go");
        assert.equal(await visitor(attacker), "mallory", "neither session was ended");
        await context.close();
        await attacker.close();
      },
    );

  web.it(
    "planted in such numbers that the victim's own comes fifth: nobody, and not the attacker",
    async () => {
      const attacker = await customer(web, "mallory");
      const context = await customer(web, "anna");
      await plant(context, {
        "/pay/in/may/now": "junk",
        "/pay/in/may": "junk",
        "/pay/in": "junk",
        "/pay": await idOf(attacker),
      });
      assert.equal(await visitor(context, "/pay/in/may/now"), "nobody");
      assert.equal(came("/pay/in/may/now"), 5);
      await context.close();
      await attacker.close();
    },
  );

  web.it(
    "planted in place of the victim's own: the victim acts in the attacker's session, and nothing tells",
    async () => {
      const attacker = await customer(web, "mallory");
      const context = await customer(web, "anna");
      await plant(context, { "/": await idOf(attacker) });
      assert.equal(await visitor(context), "mallory");
      assert.equal(came("/pay"), 1);
      await context.close();
      await attacker.close();
    },
  );

  web.it("pushed out by a flood, then planted: the same", async () => {
    const attacker = await customer(web, "mallory");
    const context = await customer(web, "anna");
    for (let wave = 0; wave < 4; wave++)
      await answered(
        context,
        Array.from({ length: 60 }, (_, at) => `flood-${wave}-${at}=x; Domain=example.test; Path=/; Secure`),
      );
    assert.equal(await idOf(context), "none");
    assert.equal(await visitor(context), "nobody");
    await plant(context, { "/": await idOf(attacker) });
    assert.equal(await visitor(context), "mallory");
    await context.close();
    await attacker.close();
  });

  web.it(
    "planted before a sign-in: the session is the victim's own from then on, and the planted id is over",
    async () => {
      for (const path of ["/", "/login"]) {
        const attacker = await customer(web, "mallory");
        const context = await web.browser();
        await plant(context, { [path]: await idOf(attacker) });
        await signIn(context, "anna");
        assert.equal(await visitor(context, "/login"), "anna");
        assert.equal(came("/login"), path === "/" ? 1 : 2);
        assert.equal(await visitor(attacker), "nobody");
        await context.close();
        await attacker.close();
      }
    },
  );

  web.it("of nobody's session, planted before a sign-in, is of no use to who planted it", async () => {
    const attacker = await web.browser();
    await visitor(attacker, "/pay/basket");
    const planted = await idOf(attacker);
    assert.match(planted, /^.{60,}$/);
    const context = await web.browser();
    await plant(context, { "/": planted });
    await signIn(context, "anna");
    assert.notEqual(await idOf(context), planted);
    assert.equal(await visitor(context), "anna");
    assert.equal(await visitor(attacker), "nobody");
    await context.close();
    await attacker.close();
  });
});
