import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { STEPS } from "../../support/album-steps.js";
import { Visitor } from "../../support/album-visitor.js";
import { start } from "../../support/program.js";
import { until } from "../../support/until.js";

const TOGETHER = 8;

for (const step of STEPS) {
  describe(`the album, ${step.file}`, () => {
    let album;
    const visitors = [];
    const ends = [];

    before(async () => {
      album = await start({ after: (end) => ends.push(end) }, `moving/${step.file}`, { DATA_DIR: "data" });
    });
    after(async () => {
      for (const visitor of visitors) visitor.close();
      for (const end of ends) await end();
    });

    /** A browser of its own. */
    function visitor() {
      const one = new Visitor(album.url);
      visitors.push(one);
      return one;
    }

    async function signedIn(name) {
      const one = visitor();
      await one.signIn(name);
      return one;
    }

    function filesOnDisk() {
      return readdirSync(`${album.directory}/data/pictures`).length;
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
      const before = filesOnDisk();
      const uploads = names.map((name) => anna.beginUpload(name));
      // A file begins after its request has read the session, so by now each has, and none has written it.
      await until(() => filesOnDisk() === before + TOGETHER);
      const statuses = await Promise.all(uploads.map(({ finish }) => finish()));
      assert.deepEqual(statuses, Array(TOGETHER).fill(201));

      const drafts = await anna.drafts();
      if (step.keepsUploads === "all") assert.deepEqual(drafts.toSorted(), names);
      else assert.equal(drafts.length, 1);
    });

    it("publishes what was uploaded, and tells everybody who is connected", async () => {
      const [anna, bert] = [await signedIn("anna"), await signedIn("bert")];
      const { socket } = await bert.connect();
      const told = once(socket, "published");
      assert.equal(await anna.beginUpload("harbour.png").finish(), 201);
      const reply = await anna.post("/publish");
      assert.deepEqual([reply.status, reply.headers.location], [302, "/"]);
      assert.deepEqual(await told, [{ name: "anna", count: 1 }]);

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
      const heard = once(b.socket, "said");
      a.socket.emit("say", "Good light today.");
      assert.deepEqual(await heard, [{ name: "anna", text: "Good light today." }]);

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

    it(`${step.socketOutlivesSignOut ? "leaves open" : "closes"} the connection of who signs out`, async () => {
      const anna = await signedIn("anna");
      const { socket } = await anna.connect();
      const closed = once(socket, "disconnect");
      const heard = once(socket, "said");
      await anna.post("/logout");
      if (step.socketOutlivesSignOut) {
        socket.emit("say", "Still here?");
        assert.deepEqual(await heard, [{ name: "anna", text: "Still here?" }]);
      } else {
        await closed;
      }
    });

    it(`${step.servesOtherSites ? "does" : "does not do"} what another site's page asks in a visitor's name`, async () => {
      const anna = await signedIn("anna");
      const attack = new Visitor(new URL("https://evil.example"));
      attack.cookies = new Map(anna.cookies);
      const reply = await attack.post(new URL("/logout", album.url).href);
      assert.equal(reply.status, step.servesOtherSites ? 302 : 403);
      assert.equal(await anna.name(), step.servesOtherSites ? undefined : "anna");
    });
  });
}
