import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ConfigError } from "../src/config.ts";
import { startApplication, temporaryDirectory } from "./support/application.ts";

describe("serve", () => {
  const refusal = async (environment: Record<string, string>): Promise<string> => {
    try {
      const started = await startApplication(environment);
      await started.stop();
    } catch (error) {
      assert.ok(error instanceof ConfigError, String(error));
      return error.message;
    }
    return assert.fail(`started with ${JSON.stringify(environment)}`);
  };

  it("names the variable of a port that is taken, and leaves nothing running", async () => {
    const other = createServer().listen(0);
    await once(other, "listening");
    const address = other.address();
    const taken = typeof address === "object" ? String(address?.port) : "";
    assert.match(await refusal({ PORT: taken }), /^PORT: port \d+ is in use/);
    assert.match(await refusal({ HTTP_PORT: taken }), /^HTTP_PORT: port \d+ is in use/);
    other.close();
    await once(other, "close");
  });

  it("names the variable of a file or folder that cannot be used", async () => {
    const directory = temporaryDirectory();
    const text = join(directory, "text.db");
    writeFileSync(text, "this is no database, whatever it is called. ".repeat(100));
    assert.match(await refusal({ STORE_URL: `sqlite:${text}` }), /^STORE_URL: .*text\.db cannot be used/);
    assert.match(await refusal({ STORE_URL: "sqlite:/dev/null/x.db" }), /^STORE_URL: \/dev\/null\/x\.db/);
    assert.match(await refusal({ DATA_DIR: "/dev/null/data" }), /^DATA_DIR: /);
    rmSync(directory, { recursive: true });
  });

  it("keeps its files to their owner", async () => {
    const { directory, stop } = await startApplication();
    assert.equal(statSync(join(directory, "app.db")).mode & 0o777, 0o600);
    assert.equal(statSync(join(directory, "tls")).mode & 0o777, 0o700);
    await stop();
  });

  it("can be closed twice", async () => {
    const { running, stop } = await startApplication();
    await Promise.all([running.close(), running.close()]);
    await stop();
  });
});
