import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigError, readConfig } from "../src/config.ts";

const refusal = (environment: Record<string, string>): string => {
  try {
    readConfig(environment, "/srv/app");
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return assert.fail(`accepted: ${JSON.stringify(environment)}`);
};

describe("readConfig", () => {
  it("has a default for everything", () => {
    assert.deepEqual(readConfig({}, "/srv/app"), {
      port: 3000,
      httpPort: 3080,
      secret: undefined,
      dataDir: "/srv/app/data",
      store: { kind: "sqlite", file: "/srv/app/data/app.db" },
      database: "/srv/app/data/app.db",
      idleMs: 30 * 60_000,
      absoluteMs: 12 * 3_600_000,
      operators: [],
      origin: undefined,
      tls: undefined,
      logLevel: "info",
      workers: 4,
    });
  });

  it("reads every variable, and takes an empty one for unset", () => {
    const environment = {
      PORT: "443",
      HTTP_PORT: "80",
      SESSION_SECRET: " s ",
      DATA_DIR: "/var/lib/app",
      IDLE_TIMEOUT: "90s",
      ABSOLUTE_TIMEOUT: "2d",
      ORIGIN: "https://example.com",
      OPERATORS: "anna, Bert O'Neill ,,",
      TLS_CERT: "tls/cert.pem",
      TLS_KEY: "/etc/key.pem",
      LOG_LEVEL: "WARN",
      WORKERS: "12",
      STORE_URL: "",
    };
    assert.deepEqual(readConfig(environment, "/srv/app"), {
      port: 443,
      httpPort: 80,
      secret: "s",
      dataDir: "/var/lib/app",
      store: { kind: "sqlite", file: "/var/lib/app/app.db" },
      database: "/var/lib/app/app.db",
      idleMs: 90_000,
      absoluteMs: 172_800_000,
      operators: ["anna", "Bert O'Neill"],
      origin: "https://example.com",
      tls: { certFile: "/srv/app/tls/cert.pem", keyFile: "/etc/key.pem" },
      logLevel: "warn",
      workers: 12,
    });
  });

  it("shortens the idle limit that nobody set to the absolute one", () => {
    const { idleMs, absoluteMs } = readConfig({ ABSOLUTE_TIMEOUT: "10m" }, "/srv/app");
    assert.deepEqual([idleMs, absoluteMs], [600_000, 600_000]);
  });

  it("refuses what is not valid with one line that names the variable", () => {
    const wrong: readonly [variable: string, ...values: string[]][] = [
      [
        "ORIGIN",
        "example.com",
        "http://example.com",
        "ftp://example.com",
        "https://example.com/",
        "HTTPS://example.com",
        "https://example.com:443",
      ],
      ["PORT", "http", "-1", "65536", "3000.5", "0x10"],
      ["HTTP_PORT", "99999"],
      ["IDLE_TIMEOUT", "30", "30 minutes", "0m", "-5m", "500ms", "401d", "1e3s"],
      ["ABSOLUTE_TIMEOUT", "forever"],
      ["STORE_URL", "mysql://localhost", "data.db"],
      ["OPERATORS", "a", "anna;bert", "<b>anna</b>"],
      ["LOG_LEVEL", "loud"],
      ["WORKERS", "0", "65", "many", "1.5"],
    ];
    for (const [variable, ...values] of wrong) {
      for (const value of values) {
        const message = refusal({ [variable]: value });
        assert.ok(message.startsWith(`${variable}: `), message);
        assert.ok(!message.includes("\n"));
      }
    }
    assert.match(refusal({ TLS_CERT: "cert.pem" }), /^TLS_KEY: is needed/);
    assert.match(refusal({ TLS_KEY: "key.pem" }), /^TLS_CERT: is needed/);
    assert.match(
      refusal({ IDLE_TIMEOUT: "2h", ABSOLUTE_TIMEOUT: "1h" }),
      /^IDLE_TIMEOUT: must not be longer/,
    );
  });
});
