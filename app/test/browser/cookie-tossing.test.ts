/**
 * Cookies that a sister host plants for the whole domain. The session's cookie has the prefix `__Host-`, which browsers
 * take from its own host alone.
 */
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import type { BrowserContext } from "playwright-core";
import {
  BANK,
  type Bank,
  customer,
  ELSEWHERE,
  fillForm,
  openBank,
  SISTER,
  signIn,
  visitor,
} from "../support/bank.ts";
import { useWeb } from "../support/web.ts";

const SESSION = "__Host-session";
const OWN = [SESSION, "__Host-csrf", "__Host-session-bound", "__Secure-session", "session", "csrf", "theme"];
const DOMAIN = "; Domain=example.test; Path=/; Secure; SameSite=None";

describe("a sister host that plants cookies, in a real browser", () => {
  const web = useWeb();
  let bank: Bank;

  before(() => {
    bank = openBank({ deviceBound: "offer" });
    web.serve(BANK, bank.app);
  });
  after(() => bank.sessions.close());

  /** The victim visits the sister, which answers with these `Set-Cookie` headers. */
  async function toss(context: BrowserContext, ...cookies: string[]): Promise<void> {
    web.page(SISTER, "", { "Set-Cookie": cookies });
    const page = await context.newPage();
    await page.goto(`${SISTER}/`);
    await page.close();
  }

  /** A genuine id: of a session of the attacker's own, which nobody has ended yet. */
  async function attackersId(): Promise<string> {
    const context = await customer(web, "mallory");
    const { value = "" } = (await context.cookies(BANK)).find(({ name }) => name.endsWith("session")) ?? {};
    assert.match(value, /^.{60,}$/);
    await context.close();
    return value;
  }

  /** The cookies that came with the last request for the bank's page. */
  const sent = (): readonly string[] => web.seen(`GET ${BANK}/pay`).at(-1)?.cookies ?? [];

  web.it("cannot plant what has the prefix, in whatever spelling, by header or by script", async () => {
    const context = await web.browser();
    const id = await attackersId();
    await toss(
      context,
      ...[
        SESSION,
        "__Host-csrf",
        "__Host-session-bound",
        "__HOST-session",
        "__host-session",
        ` ${SESSION}`,
      ].flatMap((name) => [
        `${name}=${id}${DOMAIN}`,
        `${name}=${id}${DOMAIN.replace("Path=/", "Path=/pay")}`,
      ]),
      `${SESSION} =${id}${DOMAIN}`,
      `\t${SESSION}\t=${id}${DOMAIN}`,
      `=${SESSION}=${id}${DOMAIN}`,
      `${SESSION}${DOMAIN}`,
      `${SESSION}=${id}; Domain=${new URL(BANK).hostname}; Path=/; Secure`,
    );
    const page = await context.newPage();
    await page.goto(SISTER);
    await page.evaluate(
      (cookies) => {
        for (const cookie of cookies) Reflect.set(Reflect.get(globalThis, "document"), "cookie", cookie);
      },
      [`${SESSION}=${id}${DOMAIN}`, `__Host-Session=${id}${DOMAIN}`, `=${SESSION}=${id}${DOMAIN}`],
    );
    assert.deepEqual(await context.cookies(BANK), []);
    assert.equal(await visitor(context), "nobody");
    assert.deepEqual(sent(), []);
    await context.close();
  });

  web.it("plants spellings that browsers take for other names: they arrive, and mean nothing", async () => {
    const spellings = [
      `"${SESSION}"`,
      `$Version=1,${SESSION}`,
      `$Version=1; ${SESSION}`,
      `\u2000${SESSION}`,
      `\u00a0${SESSION}`,
      `\u0085${SESSION}`,
      "__Host%2Dsession",
      "__Secure-session",
      "session",
      "session-bound",
      "csrf",
    ];
    for (const before of [true, false]) {
      const id = await attackersId();
      const context = await web.browser();
      if (!before) await signIn(context, "anna");
      await toss(
        context,
        ...spellings.map((name) => `${Buffer.from(name).toString("latin1")}=${id}${DOMAIN}`),
      );
      assert.equal(await visitor(context), before ? "nobody" : "anna");
      const came = web.seen(`GET ${BANK}/pay`).at(-1)?.headers.cookie ?? "";
      assert.ok(came.split(id).length > 8, `most of them came: ${sent().join(", ")}`);
      if (before) await signIn(context, "anna");
      assert.equal(await visitor(context), "anna");
      await context.close();
    }
  });

  web.it("changes nothing before the victim's sign-in or after it, with any name and path", async () => {
    const paths = ["/", "/pay", "/login"];
    for (const order of ["before", "after"]) {
      const id = await attackersId();
      const planted = OWN.flatMap((name) =>
        paths.map((path) => `${name}=${id}${DOMAIN.replace("Path=/", `Path=${path}`)}`),
      );
      const context = await web.browser();
      if (order === "after") await signIn(context, "anna");
      await toss(context, ...planted);
      if (order === "before") await signIn(context, "anna");
      const page = await context.newPage();
      await page.goto(`${BANK}/pay`);
      const came = web.seen(`GET ${BANK}/pay`).at(-1)?.headers.cookie ?? "";
      assert.ok(
        came.includes(id) && !came.includes(`__Host-session=${id}`) && !came.includes(`__Host-csrf=${id}`),
        came,
      );
      bank.payments.length = 0;
      await fillForm(page, "bert");
      await page.getByText("Paid bert").waitFor();
      assert.deepEqual(bank.payments, ["bert by anna"], order);
      await context.close();
    }
  });

  web.it(
    "does plant cookies without the prefix: the app finds both values, the planted one first",
    async () => {
      const context = await customer(web, "anna");
      await toss(context, `theme=planted; Domain=example.test; Path=/pay; Secure`);
      await visitor(context);
      const came = web.seen(`GET ${BANK}/pay`).at(-1)?.headers.cookie ?? "";
      assert.match(came, /theme=planted; .*theme=dark/);
      await context.close();
    },
  );

  web.it(
    "floods the jar: the session's cookie is gone, and its owner is nobody, never somebody else",
    async () => {
      const context = await customer(web, "anna");
      const id = await attackersId();
      for (let wave = 0; wave < 4; wave++)
        await toss(context, ...Array.from({ length: 60 }, (_, at) => `flood-${wave}-${at}=${wave}${DOMAIN}`));
      const names = async (): Promise<string[]> => (await context.cookies(BANK)).map(({ name }) => name);
      assert.ok(!(await names()).includes(SESSION), "the flood has pushed it out");
      await toss(context, ...OWN.map((name) => `${name}=${id}${DOMAIN}`));
      assert.equal(await visitor(context), "nobody");
      await signIn(context, "anna");
      assert.equal(await visitor(context), "anna", "and can sign in again");
      await context.close();
    },
  );

  web.it("sends more cookies than fit into a request: it is refused, until they are gone", async () => {
    const context = await customer(web, "anna");
    await toss(context, ...[1, 2, 3, 4, 5, 6].map((at) => `bomb-${at}=${"x".repeat(4000)}${DOMAIN}`));
    const page = await context.newPage();
    const [reply] = await Promise.all([
      page.waitForResponse(`${BANK}/pay`),
      page.goto(`${BANK}/pay`).catch(() => "Chromium has a page of its own for it"),
    ]);
    assert.equal(reply.status(), 431);
    for (const at of [1, 2, 3, 4, 5, 6]) await context.clearCookies({ name: `bomb-${at}` });
    assert.equal(await visitor(context), "anna");
    await context.close();
  });

  web.it("on another site plants nothing at all", async () => {
    const context = await web.browser();
    web.page(ELSEWHERE, "", { "Set-Cookie": OWN.map((name) => `${name}=x${DOMAIN}`) });
    const page = await context.newPage();
    await page.goto(ELSEWHERE);
    assert.deepEqual(await context.cookies(BANK), []);
    await context.close();
  });
});
