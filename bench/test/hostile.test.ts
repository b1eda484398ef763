import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { headersOf, type RequestLine } from "../src/exchange.ts";
import { type DefendedApp, defendedApp } from "../src/hostile/app.ts";
import { GROUPS } from "../src/hostile/classes/index.ts";
import { headBytesOf, NODE_LIMIT } from "../src/hostile/request-bytes.ts";
import { honest, type Scene, setScene } from "../src/hostile/scene.ts";

const PAGE = readFileSync(new URL("../../docs/reference/hostile-input.md", import.meta.url), "utf8");

describe("Hostile input, over real HTTP", () => {
  let app: DefendedApp;
  let scene: Scene;
  /** As Node comes, and with room for the rest. */
  let [usual, roomy]: Server[] = [];

  before(async () => {
    process.env.NODE_ENV = "production";
    app = defendedApp();
    scene = await setScene(app);
    usual = await started(app, {});
    roomy = await started(app, { maxHeaderSize: 512 * 1024 });
  });
  after(async () => {
    usual?.close();
    roomy?.close();
    await app.close();
  });

  for (const { title: group, classes } of GROUPS) {
    for (const { title, status, storeCalls = 0, bytes = 0, request } of classes) {
      it(`${group}: ${title}: ${status}`, async () => {
        const line = request(scene, bytes);
        app.takeCalls();
        assert.match(await exchange(roomy, line), new RegExp(`^HTTP/1\\.1 ${status} `));
        assert.equal(app.takeCalls(), storeCalls);
        if (headBytesOf(line) > NODE_LIMIT) {
          assert.match(await exchange(usual, line), /^HTTP\/1\.1 431 /);
          assert.equal(app.takeCalls(), 0);
        }
        const reply = await exchange(roomy, honest(scene));
        assert.ok(reply.startsWith("HTTP/1.1 200 ") && reply.endsWith(scene.page), "the user's session");
      });
    }
  }

  it("is in the page as it is here", () => {
    const rows = PAGE.split("\n").filter(
      (row) => row.startsWith("| ") && !row.startsWith("| what is sent |"),
    );
    const shown = rows.map((row) => row.replace(" †", "").split(" | ").slice(0, 3).join(" | "));
    const expected = GROUPS.flatMap(({ classes }) =>
      classes.map(({ title, status, storeCalls = 0 }) => `| ${title} | ${status} | ${storeCalls}`),
    );
    assert.deepEqual(shown, expected);
  });
});

async function started(
  { respond, sessions }: DefendedApp,
  options: { maxHeaderSize?: number },
): Promise<Server> {
  const server = createServer(options, respond);
  server.on("upgrade", (req) => void sessions.fromUpgrade(req));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** Sends a request on a connection of its own; its reply as it came. */
async function exchange(server: Server | undefined, line: RequestLine): Promise<string> {
  assert(server !== undefined);
  // TLS is not what is tried here: the connection says that it has it.
  if (line.plain !== true) server.once("connection", (socket) => Object.assign(socket, { encrypted: true }));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const headers = { ...headersOf(line), ...(line.upgrade !== true && { connection: "close" }) };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${line.method} ${line.url} HTTP/1.1\r\n${head.join("")}\r\n`, "latin1");
  if (line.body !== undefined) socket.write(line.body);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  // A server that refuses a long head may reset what is still being sent.
  socket.on("error", () => undefined);
  await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}
