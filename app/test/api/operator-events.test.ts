import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { describe, it } from "node:test";
import { logIn, PASSWORD, useApplication } from "../support/application.ts";
import type { Client } from "../support/client.ts";

const MINUTE = 60_000;

describe("GET /operator/events", () => {
  const app = useApplication({ OPERATORS: "operator" });

  /** Reads a stream until its end, or until it has said what is waited for. */
  const listen = async (client: Client, path = "/operator/events", headers: Record<string, string> = {}) => {
    const cookie = [...client.cookies].map((pair) => pair.join("=")).join("; ");
    const ca = readFileSync(app().running.caFile ?? "");
    const target = { host: "localhost", port: client.port, path, ca, agent: false };
    const outgoing = request({ ...target, headers: { accept: "text/event-stream", cookie, ...headers } });
    outgoing.end();
    const [reply] = (await once(outgoing, "response")) as [IncomingMessage];
    let text = "";
    reply.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
    });
    reply.on("error", () => {}); // it was stopped
    const ended = once(reply, "close").catch(() => {});
    return {
      reply,
      text: () => text,
      ended,
      async until(pattern: RegExp): Promise<void> {
        while (!pattern.test(text)) await once(reply, "data");
      },
      stop: () => outgoing.destroy(),
    };
  };

  const operator = async (): Promise<Client> => {
    const client = app().client();
    const json = { username: "operator", password: PASSWORD };
    if ((await client.post("/signup", { json })).status === 409) await logIn(client, "operator");
    return client;
  };

  it("tells what has happened and what happens, in fields of its own choosing", async () => {
    const client = await operator();
    const stream = await listen(client);
    assert.match(stream.reply.headers["content-type"] ?? "", /^text\/event-stream/);
    assert.equal(stream.reply.headers["cache-control"], "no-store");
    await stream.until(/"type":"session_created"/);
    const agent = "Firefox/140.0 (X11; Linux) <script>alert(1)</script>";
    const forged = app().client();
    forged.cookies.set("__Host-session", `abcd.${"A".repeat(22)}.${"B".repeat(43)}.${"C".repeat(43)}`);
    await forged.get("/dashboard?secret=1", { headers: { "user-agent": agent } });
    await stream.until(/session_forged/);
    const line = stream
      .text()
      .split("\n")
      .find((one) => one.includes("session_forged"));
    const { id, at, ...event } = JSON.parse(line?.slice("data: ".length) ?? "{}");
    assert.deepEqual(event, {
      type: "session_forged",
      alarming: true,
      who: "",
      where: "Firefox on Linux, 127.0.0.1",
      details: "",
    });
    assert.ok(Number.isInteger(id) && !Number.isNaN(Date.parse(at)));
    stream.stop();
  });

  it("goes on where a browser left off", async () => {
    const client = await operator();
    const first = await listen(client);
    await first.until(/data: .*session_created.*\n\n/);
    first.stop();
    const last = Number([...first.text().matchAll(/^id: (\d+)$/gm)].at(-1)?.[1]);
    await app().signedIn();
    for (const again of [
      await listen(client, `/operator/events?after=${last}`),
      await listen(client, "/operator/events", { "last-event-id": String(last) }),
      await listen(client, "/operator/events?after=1", { "last-event-id": String(last) }),
    ]) {
      await again.until(/session_user_changed/);
      assert.equal(/^id: (\d+)$/m.exec(again.text())?.[1], String(last + 1));
      again.stop();
    }
  });

  it("ends at once when the operator's session is revoked, with nothing of what comes after", async () => {
    const client = await operator();
    const stream = await listen(client);
    await stream.until(/session_created/);
    const other = await operator();
    const { handle } = (await client.get("/api/session")).json<{ handle: string }>();
    assert.equal((await other.send(`/account/sessions/${handle}`, { method: "DELETE" })).status, 200);
    await app().signedIn();
    await stream.ended;
    assert.match(stream.text(), /event: ended\ndata:\n\n$/);
    assert.doesNotMatch(stream.text(), /session_revoked/);
  });

  it("ends when the operator logs out, gets a new id, or ends every session", async () => {
    for (const end of [
      (client: Client) => client.post("/logout", { json: {} }),
      (client: Client) => client.post("/confirm", { json: { password: PASSWORD } }),
      (client: Client) => client.post("/operator/end-all", { json: { confirm: "yes" } }),
    ]) {
      const client = await operator();
      const stream = await listen(client);
      await stream.until(/session_created/);
      assert.equal((await end(client)).status, 200);
      // A new id alone says nothing to anybody; the next end of a session, or the next heartbeat, shows it.
      await (await app().signedIn()).client.post("/logout");
      await stream.ended;
      assert.match(stream.text(), /event: ended/);
    }
  });

  it("is nobody's activity", async () => {
    const client = await operator();
    const { idleExpiresAt } = (await client.get("/api/session")).json<{ idleExpiresAt: string }>();
    app().clock.advance("4m");
    const stream = await listen(client);
    await stream.until(/session_created/);
    stream.stop();
    const later = (await client.get("/api/session")).json<{ idleExpiresAt: string; now: string }>();
    assert.equal(later.idleExpiresAt, idleExpiresAt);
    assert.equal(Date.parse(idleExpiresAt) - Date.parse(later.now), 26 * MINUTE);
  });

  it("has room for twenty, and does not hold up the server's end", async () => {
    const client = await operator();
    const streams = await Promise.all(Array.from({ length: 20 }, () => listen(client)));
    const refused = await client.get("/operator/events", { as: "json" });
    assert.equal(refused.status, 503);
    assert.equal(refused.headers["retry-after"], "60");
    const began = performance.now();
    await app().running.close();
    assert.ok(performance.now() - began < 5_000, "what does not end by itself is cut off after ten seconds");
    await Promise.all(streams.map(({ ended }) => ended));
    for (const stream of streams) assert.doesNotMatch(stream.text(), /event: ended/);
  });
});
