import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { localOrigins } from "../../src/http/local-origins.ts";

describe("the application's origins on the developer's machine", () => {
  it("are its port on all names of that machine, as browsers write them", () => {
    assert.deepEqual(localOrigins(3000), [
      "https://localhost:3000",
      "https://127.0.0.1:3000",
      "https://[::1]:3000",
    ]);
    assert.deepEqual(localOrigins(443), ["https://localhost", "https://127.0.0.1", "https://[::1]"]);
  });

  it("are not known where the system chooses the port", () => {
    assert.equal(localOrigins(0), undefined);
  });
});
