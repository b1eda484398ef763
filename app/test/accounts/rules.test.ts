import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nameKey, passwordProblem, usernameProblem } from "../../src/accounts/rules.ts";

describe("usernames", () => {
  it("may be what people are called", () => {
    for (const name of [
      "ada",
      "Ada Lovelace",
      "O'Brien",
      "ada@example.org",
      "李小龙",
      "Zoë-Marie",
      "user_1",
      "x".repeat(64),
    ]) {
      assert.equal(usernameProblem(name), undefined, name);
    }
  });

  it("may not be too short, too long or made of markup and control characters", () => {
    for (const name of [
      "",
      "ab",
      "x".repeat(65),
      "<b>ada</b>",
      "ada\n",
      "ada\u202eevil",
      "ada\u200b",
      " ada",
      "-ada",
    ]) {
      assert.equal(typeof usernameProblem(name), "string", JSON.stringify(name));
    }
  });

  it("are one name in any case and width", () => {
    assert.equal(nameKey(" ＡDA "), nameKey("ada"));
  });
});

describe("passwords", () => {
  it("may be anything of some length", () => {
    for (const password of [
      "granite kelp tides",
      "tr0ub4dor&3xyz",
      "密码密码很长的一个密码还要长一点",
      "8f3a9c1e7b2d4056",
      "x y z 1 2 3 .",
    ]) {
      assert.equal(passwordProblem(password, "ada"), undefined, password);
    }
  });

  it("are refused when short, long, the username, or among the first that are guessed", () => {
    const refused = [
      "",
      "elevenchars",
      "x1".repeat(129),
      "Ada Lovelace 1",
      "password123456",
      "Password!!!!1",
      "PasswordPassword",
      "123456789012",
      "aaaaaaaaaaaa",
      "abababababab",
      "abcdefghijklm",
      "Qwerty-Uiop-123",
      "correct horse battery staple",
    ];
    for (const password of refused) {
      assert.equal(typeof passwordProblem(password, "Ada Lovelace 1"), "string", password);
    }
  });
});
