import assert from "node:assert/strict";
import flash from "connect-flash";
import { across } from "../../src/across.ts";
import { appWith } from "../../src/app.ts";

across({ name: "connect-flash", seen: "forms that redirect" }, (setting, { holds }) => {
  holds("shows each message on the next page, and once", async (test) => {
    const { browser } = await appWith(test, setting, (app) => {
      app.use(flash());
      app.post("/save", (req, res) => {
        req.flash("info", "Saved.");
        req.flash("info", "%s mails sent.", "2");
        res.redirect("/");
      });
      app.get("/", (req, res) => void res.json(req.flash()));
    });
    assert.equal((await browser.post("/save")).status, 302);
    assert.deepEqual((await browser.get("/")).json(), { info: ["Saved.", "2 mails sent."] });
    assert.deepEqual((await browser.get("/")).json(), {});
  });
});
