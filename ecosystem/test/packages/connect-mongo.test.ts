import assert from "node:assert/strict";
import { mongoStore } from "../../../packages/holdfast/test/store/express-session/mongo-double.ts";
import { across } from "../../src/across.ts";
import { appWith } from "../../src/app.ts";
import { sayOfStore } from "../../src/store-sentences.ts";

const seen = "a double of the `mongodb` driver's collection, since no MongoDB server can be had for tests";

across({ name: "connect-mongo", beside: ["mongodb"], seen }, (setting, { holds }) => {
  sayOfStore(setting, { holds }, () => ({ open: mongoStore(), remove: () => undefined }));

  if (setting.api.name === "holdfast") return;

  holds(
    "with touchAfter requests that change nothing write nothing, and a change is written",
    async (test) => {
      const store = mongoStore({ touchAfter: 3_600 })();
      const writes: string[] = [];
      for (const event of ["create", "update", "touch"]) store.on(event, () => void writes.push(event));
      const { browser } = await appWith(
        test,
        setting,
        (app) => {
          app.get("/", (req, res) => void res.json(req.session.visits));
          app.post("/visit", (req, res) => {
            req.session.visits = (req.session.visits ?? 0) + 1;
            res.sendStatus(204);
          });
        },
        { store },
      );
      await browser.post("/visit");
      for (const visits of [1, 1]) assert.equal((await browser.get("/")).json(), visits);
      assert.deepEqual(writes, ["create"]);
      await browser.post("/visit");
      assert.equal((await browser.get("/")).json(), 2);
      assert.deepEqual(writes, ["create", "update"]);
    },
  );
});
