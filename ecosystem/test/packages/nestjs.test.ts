import "reflect-metadata";
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  HttpCode,
  Module,
  Post,
  Req,
  Session,
  UseGuards,
} from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ExpressAdapter } from "@nestjs/platform-express";
import type { Request } from "express";
import { type TestAgent, testAgent } from "holdfast/testing";
import { across } from "../../src/across.ts";
import { browserWith, cookieOf } from "../../src/app.ts";
import type { Setting } from "../../src/settings.ts";

declare module "holdfast" {
  interface SessionData {
    userId: string | undefined;
    visits: number;
  }
}

class SignedIn implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest<Request>().session.userId !== undefined;
  }
}

@Controller()
class Visits {
  @Get()
  count(@Session() session: { visits?: number }): number {
    session.visits = (session.visits ?? 0) + 1;
    return session.visits;
  }

  @Get("account")
  @UseGuards(SignedIn)
  account(@Session() session: { userId: string }): string {
    return session.userId;
  }

  @Post("sign-in")
  @HttpCode(204)
  async signIn(@Req() req: Request): Promise<void> {
    await new Promise((resolve) => req.session.regenerate(resolve));
    req.session.userId = "anna";
  }

  @Post("sign-out")
  @HttpCode(204)
  async signOut(@Req() req: Request): Promise<void> {
    await new Promise((resolve) => req.session.destroy(resolve));
  }
}

@Module({ controllers: [Visits] })
class App {}

async function nest(test: TestContext, { api, express, version }: Setting): Promise<TestAgent> {
  const sessions = api.start();
  // Nest brings an Express 5 of its own, and its parser of bodies reads what Express 4 refuses to show.
  const on4 = version === "Express 4";
  const adapter = on4 ? new ExpressAdapter(express()) : new ExpressAdapter();
  const app = await NestFactory.create(App, adapter, { logger: false, bodyParser: !on4 });
  app.use(sessions.middleware);
  await app.init();
  const browser = await testAgent(adapter.getInstance());
  test.after(async () => {
    await browser.close();
    await app.close();
    await sessions.close();
  });
  return browser;
}

const row = {
  name: "@nestjs/core",
  beside: ["@nestjs/common", "@nestjs/platform-express"],
  seen: "a controller; on Express 4 without Nest's own parser of bodies, which needs Express 5",
};

across(row, (setting, { holds }) => {
  holds("@Session() is the session, and what a handler does to it is kept", async (test) => {
    const browser = await nest(test, setting);
    for (const visits of [1, 2, 3]) assert.equal((await browser.get("/")).json(), visits);
    assert.equal((await browser.newBrowser().get("/")).json(), 1);
  });

  holds(
    "a guard reads the user from the session, under whose new id alone they are signed in",
    async (test) => {
      const browser = await nest(test, setting);
      await browser.get("/");
      const before = cookieOf(browser);
      assert.equal((await browser.get("/account")).status, 403);
      assert.equal((await browser.post("/sign-in")).status, 204);
      assert.equal((await browser.get("/account")).text, "anna");
      assert.equal((await browserWith(browser, before).get("/account")).status, 403);
      const signedIn = cookieOf(browser);
      await browser.post("/sign-out");
      assert.equal((await browserWith(browser, signedIn).get("/account")).status, 403);
    },
  );
});
