import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deploymentOf } from "../../../src/express/session.ts";
import type { StoreChange } from "../../../src/store/contract.ts";
import { SqliteStore } from "../../../src/store/sqlite.ts";
import { strongSecret } from "../../support/session-app.ts";
import { socketApp } from "../../support/socket-app.ts";
import { newFolder } from "../databases.ts";
import { Nodes, settled } from "./nodes.ts";

describe("The cached store's watch", () => {
  it("closes a socket in one process as soon as another has ended its session", async (test) => {
    const folder = newFolder();
    const nodes = new Nodes();
    const secret = strongSecret();
    const [one, other] = [0, 1].map(() => nodes.add({}, new SqliteStore(`${folder.path}/sessions.db`)).cache);
    await one?.open();
    await other?.open();
    await nodes.pass(10_000);
    const app = await socketApp(test, { secret, store: one });
    const elsewhere = await socketApp(test, { secret, store: other, clock: app.clock });
    test.after(() => folder.remove());
    const cookie = await app.signIn();
    const attempt = await app.open({ cookie });
    app.clock.advance("2s");
    await elsewhere.sessions.revokeUser("anna");
    assert.deepEqual(await attempt.closed, [4401, "session ended"]);
  });

  it("looks once for many changes at one moment, and only while there are sockets", async (test) => {
    const folder = newFolder();
    const nodes = new Nodes();
    const [one, other] = [0, 1].map(() => nodes.add({}, new SqliteStore(`${folder.path}/sessions.db`)).cache);
    await one?.open();
    await other?.open();
    await nodes.pass(10_000);
    const app = await socketApp(test, { store: one });
    test.after(async () => {
      await other?.close();
      folder.remove();
    });
    const cookie = await app.signIn();
    const attempt = await app.open({ cookie });
    const handle = cookie.split(".")[1] ?? "";
    let reads = 0;
    const read = one?.read.bind(one);
    if (one !== undefined && read !== undefined)
      one.read = (...args) => {
        reads += 1;
        return read(...args);
      };
    app.clock.advance("2s");
    for (let i = 0; i < 20; i++)
      await other?.touch([{ handle, version: 1, expiresAt: 0, header: Buffer.of() }], 0);
    await settled();
    assert.equal(reads, 1);
    attempt.socket.close();
    await attempt.closed;
    while (deploymentOf(app.sessions).socketWatch.size > 0) await new Promise(setImmediate);
    await other?.delete(handle, app.clock.now());
    await settled();
    assert.equal(reads, 1);
  });

  it("survives a watcher that throws: others wait for the acknowledgement", async () => {
    const nodes = new Nodes();
    const [one, other] = [nodes.add().cache, nodes.add().cache];
    await one.open();
    await other.open();
    await nodes.pass(10_000);
    const heard: StoreChange[] = [];
    one.watch(() => {
      throw new Error("a bug");
    });
    one.watch((change) => void heard.push(change));
    await other.delete("A".repeat(22), 0);
    assert.deepEqual(heard, [{ kind: "handles", names: ["A".repeat(22)] }]);
    await Promise.all([one.close(), other.close()]);
  });
});
