import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AlbumSite } from "../../support/album-site.js";
import { STEPS } from "../../support/album-steps.js";
import { heard, Visitor } from "../../support/album-visitor.js";
import { until } from "../../support/until.js";

const TOGETHER = 8;

for (const step of STEPS) {
  describe(`the album, ${step.file}`, () => {
    const site = new AlbumSite();
    const visitors = [];

    before(() => site.run(step.file));
    after(async () => {
      for (const visitor of visitors) visitor.close();
      await site.close();
    });

    /** A browser of its own. */
    function visitor() {
      const one = new Visitor(site.url);
      visitors.push(one);
      return one;
    }

    async function signedIn(name) {
      const one = visitor();
      await one.signIn(name);
      return one;
    }

    it("shows nothing to who is not signed in", async () => {
      const reply = await visitor().get("/");
      assert.deepEqual([reply.status, reply.headers.location], [302, "/login"]);
    });

    it("says once that the password was wrong", async () => {
      const anna = visitor();
      const reply = await anna.post("/login", { username: "anna", password: "guess" });
      assert.deepEqual([reply.status, reply.headers.location], [302, "/login"]);
      assert.match((await anna.get("/login")).text, /role="alert">Wrong name or password\./);
      assert.doesNotMatch((await anna.get("/login")).text, /role="alert"/);
      assert.equal(await anna.name(), undefined);
    });

    it("greets once who signs in, and knows them from then on", async () => {
      const anna = await signedIn("anna");
      const first = await anna.get("/");
      assert.equal(first.status, 200);
      assert.match(first.text, /role="status">Welcome back, anna\./);
      assert.doesNotMatch((await anna.get("/")).text, /Welcome back/);
      assert.equal(await anna.name(), "anna");
    });

    it("gives another id at sign-in, and the one before is nobody's", async () => {
      const anna = visitor();
      await anna.post("/login", { username: "anna", password: "guess" });
      const planted = anna.cookies.get(step.cookie);
      assert.ok(planted);
      await anna.signIn("anna");
      assert.notEqual(anna.cookies.get(step.cookie), planted);

      const attacker = visitor();
      attacker.cookies.set(step.cookie, planted);
      assert.equal(await attacker.name(), undefined);
    });

    it(`keeps ${step.keepsUploads} of several pictures sent at once`, async () => {
      const anna = await signedIn("anna");
      const names = Array.from({ length: TOGETHER }, (_, i) => `${i}.png`);
      const before = site.files;
      const uploads = names.map((name) => anna.beginUpload(name));
      // A file begins after its request has read the session, so by now each has, and none has written it.
      await until(() => site.files === before + TOGETHER);
      const statuses = await Promise.all(uploads.map(({ finish }) => finish()));
      assert.deepEqual(statuses, Array(TOGETHER).fill(201));

      const drafts = await anna.drafts();
      if (step.keepsUploads === "all") assert.deepEqual(drafts.toSorted(), names);
      else assert.equal(drafts.length, 1);
    });

    it(`stores sessions ${step.storesThem}`, async () => {
      const anna = await signedIn("anna");
      await anna.beginUpload("harbour-in-the-fog.png").finish();
      assert.deepEqual(await anna.drafts(), ["harbour-in-the-fog.png"]);
      assert.equal(site.storeShows("harbour-in-the-fog.png"), step.storesThem === "in plain");
    });

    it("publishes what was uploaded, and tells everybody who is connected", async () => {
      const [anna, bert] = [await signedIn("anna"), await signedIn("bert")];
      const { socket } = await bert.connect();
      const told = heard(socket, "published");
      assert.equal(await anna.beginUpload("harbour.png").finish(), 201);
      const reply = await anna.post("/publish");
      assert.deepEqual([reply.status, reply.headers.location], [302, "/"]);
      assert.deepEqual(await told, { name: "anna", count: 1 });

      assert.match((await anna.get("/")).text, /role="status">Published: 1\./);
      assert.deepEqual(await anna.drafts(), []);
      const page = await bert.get("/");
      const [, path] = /src="(\/pictures\/[^"]+)" alt="harbour.png"/.exec(page.text);
      const picture = await bert.get(path);
      assert.deepEqual([picture.status, picture.headers["content-type"]], [200, "image/png"]);
      assert.equal((await visitor().get(path)).headers.location, "/login");
    });

    it("connects whoever is signed in, under their name, and nobody else", async () => {
      const anna = await signedIn("anna");
      const bert = await signedIn("bert");
      const [a, b] = [await anna.connect(), await bert.connect()];
      assert.deepEqual([a.name, b.name], ["anna", "bert"]);
      const said = heard(b.socket, "said");
      a.socket.emit("say", "Good light today.");
      assert.deepEqual(await said, { name: "anna", text: "Good light today." });

      assert.equal((await anna.connect(["websocket"])).name, "anna", "by a WebSocket from the start");
      await assert.rejects(visitor().connect());
    });

    it("ends the session at sign-out, not only the cookie", async () => {
      const anna = await signedIn("anna");
      const thief = visitor();
      thief.cookies = new Map(anna.cookies);
      assert.equal(await thief.name(), "anna");

      const reply = await anna.post("/logout");
      assert.deepEqual([reply.status, reply.headers.location], [302, "/login"]);
      assert.equal(anna.cookies.get(step.cookie), undefined);
      assert.equal(await thief.name(), undefined);
      await assert.rejects(thief.connect());
    });

    it(`${step.socketOutlivesSignOut ? "leaves open" : "closes"} the connection of who signs out`, {
      timeout: 15_000,
    }, async () => {
      const anna = await signedIn("anna");
      const { socket } = await anna.connect();
      const next = heard(socket, step.socketOutlivesSignOut ? "said" : "disconnect");
      await anna.post("/logout");
      if (step.socketOutlivesSignOut) socket.emit("say", "Still here?");
      const what = await next;
      if (step.socketOutlivesSignOut) assert.deepEqual(what, { name: "anna", text: "Still here?" });
    });

    it(`${step.servesOtherSites ? "does" : "does not do"} what another site's page asks in a visitor's name`, async () => {
      const anna = await signedIn("anna");
      const attack = new Visitor(new URL("https://evil.example"));
      attack.cookies = new Map(anna.cookies);
      const reply = await attack.post(new URL("/logout", site.url).href);
      assert.equal(reply.status, step.servesOtherSites ? 302 : 403);
      assert.equal(await anna.name(), step.servesOtherSites ? undefined : "anna");
    });
  });
}
