import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { head, rawConnection } from "../support/raw.ts";
import { describeServers, serve } from "../support/servers.ts";
import { NAME } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

/** Anything that Node lets through in a header's value: visible characters, blanks, tabs and high octets. */
const octets = fc.string({
  unit: fc
    .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff }), fc.constant(9))
    .map((code) => String.fromCharCode(code)),
  maxLength: 60,
});

/** Headers made of what attackers, proxies and broken clients make cookies of. */
function hostileHeader(genuine: string): fc.Arbitrary<string> {
  const [key = "", handle = "", secret = "", mac = ""] = genuine.split(".");
  const parts = fc.constantFrom(key, handle, secret, mac, "", "__proto__", "%2E", "\u00ff", "constructor");
  const value = fc.oneof(
    octets,
    fc.array(parts, { minLength: 1, maxLength: 6 }).map((list) => list.join(".")),
    fc.nat(genuine.length).map((at) => genuine.slice(0, at)),
    fc
      .tuple(fc.nat(genuine.length), octets)
      .map(([at, junk]) => genuine.slice(0, at) + junk + genuine.slice(at)),
    fc.constantFrom(`"${genuine}"`, genuine.toUpperCase(), `${genuine}.`, encodeURIComponent(`j:{"a":1}`)),
  );
  const name = fc.oneof(
    { arbitrary: fc.constant(NAME), weight: 4 },
    fc.constantFrom(
      "session",
      "__host-session",
      `${NAME} `,
      ` ${NAME}`,
      "__proto__",
      "toString",
      "",
      `$${NAME}`,
    ),
    octets,
  );
  const pair = fc.tuple(name, fc.constantFrom("=", "", "==", " = "), value).map((all) => all.join(""));
  return fc
    .array(pair, { maxLength: 12 })
    .chain((pairs) => fc.constantFrom("; ", ";", ",", " ;\t").map((separator) => pairs.join(separator)))
    .filter(
      (header) => !header.split(/[;,]/).some((item) => item.slice(item.indexOf("=") + 1).trim() === genuine),
    );
}

describeServers("A Cookie header made of anything", (server) => {
  for (const sync of [true, false]) {
    it(`is an anonymous request: no error, no cookie, no look into a store that answers ${sync ? "at once" : "later"}`, async (test) => {
      const store = new WatchedStore({ sync });
      const { agent } = await serve(test, server, { store }, (req, res) => {
        res.end(JSON.stringify(req.session));
      });
      await agent.signIn("anna");
      const genuine = agent.cookies.get(NAME) ?? "";
      store.calls.length = 0;

      // One connection for all of them: a reply that is not framed as it says would show in the next.
      const socket = await rawConnection(agent.port);
      socket.setEncoding("latin1");
      test.after(() => socket.destroy());
      const ask = async (cookie: string): Promise<string> => {
        socket.write(head("GET / HTTP/1.1", { Cookie: cookie }), "latin1");
        let reply = "";
        while (!reply.endsWith("\r\n\r\n{}") && !reply.includes("\r\n\r\n{")) {
          reply += await new Promise((resolve) => socket.once("data", resolve));
        }
        return reply;
      };
      await fc.assert(
        fc.asyncProperty(hostileHeader(genuine), async (header) => {
          const reply = await ask(header);
          assert.match(reply, /^HTTP\/1\.1 200 OK\r\n/);
          assert.ok(reply.endsWith("\r\n\r\n{}"), reply);
          assert.doesNotMatch(reply, /set-cookie/i);
        }),
        { numRuns: 200 },
      );
      assert.deepEqual(store.calls, []);
      assert.match(await ask(`a=b; ${NAME}=${genuine}`), /\{"userId":"anna"\}$/);
      assert.deepEqual(store.calls, ["read"]);
    });
  }

  it("is never an error of ours where the request is refused or begins a session", async (test) => {
    const store = new WatchedStore();
    const { agent } = await serve(test, server, { store }, (req, res) => {
      req.session.n = 1;
      res.end("done");
    });
    await agent.signIn("anna");
    const genuine = agent.cookies.get(NAME) ?? "";
    await fc.assert(
      fc.asyncProperty(
        hostileHeader(genuine),
        fc.constantFrom("POST", "GET", "PUT"),
        async (header, method) => {
          const cookie = header.trim() === "" ? undefined : Buffer.from(header, "latin1").toString("latin1");
          const reply = await agent.newBrowser().send("/", { method, headers: { cookie } });
          // No genuine id, so nothing that another site could abuse: only the new session's cookie comes back.
          assert.deepEqual([reply.status, reply.text, reply.setCookie.length], [200, "done", 1]);
          assert.equal(
            reply.setCookie.some((set) => set.includes(genuine)),
            false,
          );
        },
      ),
      { numRuns: 60 },
    );
    assert.equal(store.calls.includes("read"), false);
  });
});
