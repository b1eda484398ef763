import type { TestContext } from "node:test";
import type { Application, Request, Response } from "express";
import request from "supertest";
import { across } from "../../src/across.ts";
import type { Setting } from "../../src/settings.ts";

function counter(test: TestContext, { api, express }: Setting): Application {
  const { middleware, close } = api.start({ plainHttp: true });
  test.after(close);
  const app = express();
  app.use(middleware);
  const count = (req: Request, res: Response): void => {
    req.session.visits = (req.session.visits ?? 0) + 1;
    res.json(req.session.visits);
  };
  app.get("/", count).post("/", count);
  return app;
}

across({ name: "supertest", seen: "plain HTTP on this machine" }, (setting, { holds, differs }) => {
  holds("an agent keeps its session, and another has one of its own", async (test) => {
    const app = counter(test, setting);
    const agent = request.agent(app);
    for (const visits of [1, 2, 3]) await agent.get("/").expect(200, String(visits));
    await request.agent(app).get("/").expect(200, "1");
  });

  holds("an agent that says it is the app's own page keeps it at a POST too", async (test) => {
    const agent = request.agent(counter(test, setting)).set("Sec-Fetch-Site", "same-origin");
    await agent.get("/").expect(200, "1");
    await agent.post("/").expect(200, "2");
  });

  if (setting.api.name === "holdfast") {
    differs(
      "a POST with a session that does not say where it comes from is refused with 403",
      async (test) => {
        const agent = request.agent(counter(test, setting));
        await agent.get("/").expect(200, "1");
        await agent.post("/").expect(403);
      },
    );
  } else {
    holds("a POST that does not say where it comes from keeps it", async (test) => {
      const agent = request.agent(counter(test, setting));
      await agent.get("/").expect(200, "1");
      await agent.post("/").expect(200, "2");
    });
  }
});
