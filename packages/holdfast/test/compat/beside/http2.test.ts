import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:http2";
import { describe, it } from "node:test";
import { type LegacyRequest, SECRET, sideBySide } from "../../support/side-by-side.ts";

describe("On HTTP/2's compatible API", () => {
  it("a session is kept", async (test) => {
    const outcome = await sideBySide(async (library) => {
      const sessions = library({ secret: SECRET, resave: false, saveUninitialized: false });
      let thrown: unknown;
      const server = createServer((incoming, res) => {
        // @ts-expect-error: both libraries' types know HTTP/1 alone
        sessions(incoming, res, () => {
          const { session } = incoming as unknown as LegacyRequest;
          const visits = Number(session.visits ?? 0) + 1;
          session.visits = visits;
          try {
            res.end(`visit ${visits}`);
          } catch (error) {
            thrown ??= error;
            res.stream.close();
          }
        });
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const address = server.address();
      const client = connect(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
      test.after(() => {
        client.destroy();
        server.close();
      });
      const ask = async (cookie: string): Promise<{ text: string; cookie: string }> => {
        const stream = client.request({ ":path": "/", cookie });
        let set = "";
        stream.on("response", (headers) => {
          set = headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
        });
        let text = "";
        for await (const chunk of stream.setEncoding("utf8")) text += chunk;
        return { text, cookie: set };
      };
      const first = await ask("");
      const second = await ask(first.cookie);
      return {
        texts: [first.text, second.text],
        thrown: thrown instanceof Error ? thrown.message : undefined,
      };
    });
    assert.deepEqual(outcome.expressSession, {
      texts: ["", ""],
      thrown: "res._implicitHeader is not a function",
    });
    assert.deepEqual(outcome.compat, { texts: ["visit 1", "visit 2"], thrown: undefined });
  });
});
