import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { HoldfastError, type HoldfastErrorCode } from "../../src/errors.ts";
import { checkSecrets, newSecret } from "../../src/keys/secrets.ts";

function refusal(secret: unknown, code: HoldfastErrorCode): string {
  try {
    checkSecrets(secret);
  } catch (error) {
    assert.ok(error instanceof HoldfastError, String(error));
    assert.equal(error.code, code, error.message);
    return error.message;
  }
  throw new Error(`was accepted: ${String(secret)}`);
}

/** Cheap reproducible randomness: fast-check's own bytes are small and repetitive on purpose. */
function drawn(seed: number, size: number): Buffer {
  return createHash("sha512").update(`draw ${seed}`).digest().subarray(0, size);
}

describe("a secret", () => {
  it("is taken as a list, newest first", () => {
    const [one, two] = [newSecret(randomBytes), newSecret(randomBytes)];
    assert.deepEqual(checkSecrets(one), [one]);
    assert.deepEqual(checkSecrets([one]), [one]);
    assert.deepEqual(checkSecrets([one, two]), [one, two]);
  });

  it("is never refused when a machine drew its 32 bytes", () => {
    const encodings = fc.constantFrom("hex", "base64", "base64url");
    fc.assert(
      fc.property(fc.nat(), encodings, fc.constantFrom(32, 48, 64), (seed, encoding, size) => {
        const secret = drawn(seed, size).toString(encoding as BufferEncoding);
        assert.deepEqual(checkSecrets(secret), [secret]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is not refused for the form other generators give it", () => {
    for (let seed = 0; seed < 300; seed++) {
      const hex = drawn(seed, 32).toString("hex");
      const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
      const decimals = BigInt(`0x${hex}`).toString();
      for (const secret of [
        hex.slice(0, 32),
        hex.toUpperCase(),
        uuid,
        decimals,
        `my-app-secret-${hex}`,
        `base64:${drawn(seed, 32).toString("base64")}`,
      ]) {
        assert.doesNotThrow(() => checkSecrets(secret), secret);
      }
    }
    for (const passphrase of [
      "wobble nectar quilt-funnel 71 magpie trombone",
      "Überfahrt-Zwölf-Möwen-krächzen-leise-71",
    ]) {
      assert.doesNotThrow(() => checkSecrets(passphrase), passphrase);
    }
  });

  it("needs at least 32 bytes, counted as bytes", () => {
    const text = "q7Zp0Lk3Xv9Rt2Wm5Yc8Bn1Hs4Jd6Gf2";
    assert.equal(text.length, 32);
    assert.deepEqual(checkSecrets(text), [text]);
    assert.match(refusal(text.slice(1), "ERR_HOLDFAST_SECRET_WEAK"), /too short: 31 bytes, and at least 32/);
    assert.doesNotThrow(() => checkSecrets(`${text.slice(2)}é`));
  });

  it("is missing when undefined, null or empty, alone or in a list", () => {
    for (const secret of [undefined, null, "", []]) {
      assert.match(refusal(secret, "ERR_HOLDFAST_SECRET_MISSING"), /npx holdfast keygen/);
    }
    for (const empty of [undefined, null, ""]) {
      assert.match(
        refusal([newSecret(randomBytes), empty], "ERR_HOLDFAST_SECRET_MISSING"),
        /`secret\[1\]` is empty/,
      );
    }
    assert.match(refusal(new Array(2), "ERR_HOLDFAST_SECRET_MISSING"), /`secret\[0\]` is empty/);
  });

  it("of another type is refused, with the way to write bytes", () => {
    for (const secret of [
      5,
      true,
      {},
      randomBytes(32),
      new Uint8Array(32),
      () => "x",
      Symbol("x"),
      [5],
      [[newSecret(randomBytes)]],
    ]) {
      assert.match(refusal(secret, "ERR_HOLDFAST_OPTION"), /base64url/);
    }
  });

  it("stands only once in a list", () => {
    const [one, two] = [newSecret(randomBytes), newSecret(randomBytes)];
    assert.match(
      refusal([one, two, one], "ERR_HOLDFAST_SECRET_WEAK"),
      /`secret\[0\]` and `secret\[2\]` are the same/,
    );
  });
});

const SAMPLES = [
  "keyboard cat",
  "secret",
  "your-secret-key",
  "your_secret_key_here",
  "mysecretkey",
  "change me",
  "shhhh",
  "supersecret",
  "thisshouldbeabettersecret",
  "s3Cur3",
  "your-super-secret-key-change-this-in-production",
  "this-is-a-secret-key-of-at-least-32-characters",
  "a-string-secret-at-least-256-bits-long",
  "your_very_secure_random_production_secret_minimum_32_characters",
  "REPLACE_WITH_A_LONG_RANDOM_SECRET_AT_LEAST_32_CHARS",
  "SuperSecretSessionSecretForMyExpressApp123!",
  "generate_with_openssl_rand_base64_32",
  "s3cr3t-p@ssw0rd-f0r-my-4pp-ch4ng3-m3-pl34s3",
  "correct horse battery staple",
  "the quick brown fox jumps over the lazy dog",
  "AcmeCorpSessionSecret2024Production",
];

describe("a secret that can be guessed", () => {
  const isRefused = (secret: string) => {
    assert.ok(secret.length >= 32);
    assert.match(refusal(secret, "ERR_HOLDFAST_SECRET_WEAK"), /`secret` can be guessed.+npx holdfast keygen/);
  };

  it("is a published sample, padded or repeated", () => {
    for (const sample of SAMPLES) {
      const times = Math.ceil(32 / sample.length);
      for (const secret of [
        sample.repeat(times),
        sample.padEnd(40),
        sample.padStart(40, "x"),
        `${sample}1234567890123456789012345678901`,
      ]) {
        isRefused(secret);
        isRefused(secret.toUpperCase());
      }
      isRefused(Array.from({ length: times + 1 }, () => sample).join("-"));
    }
  });

  it("is a sample in base64 or hexadecimal", () => {
    for (const sample of SAMPLES) {
      const text = Buffer.from(sample.padEnd(32, "."));
      for (const encoding of ["base64", "base64url", "hex"] as const) isRefused(text.toString(encoding));
    }
  });

  it("is a placeholder or a variable that was never filled in", () => {
    isRefused("<your secret of at least 32 characters>");
    isRefused(`<your secret>${"x".repeat(30)}`);
    isRefused("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
    isRefused("$" + "{SESSION_SECRET_FROM_ENVIRONMENT_VARIABLE}");
    isRefused("{{ .Values.session.secret | required }}");
  });

  it("repeats one character or a short pattern", () => {
    const pattern = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(pattern, fc.integer({ min: 32, max: 2_000 }), (text, length) =>
        isRefused("".padEnd(length, text)),
      ),
    );
  });

  it("counts up or down, also in every other character", () => {
    isRefused("0123456789abcdef0123456789abcdef");
    isRefused("abcdefghijklmnopqrstuvwxyz123456");
    isRefused("ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210");
    isRefused("a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s9t0");
    isRefused("a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2");
    isRefused("deadbeefcafebabedeadbeefcafebabe");
    isRefused("8f9a7b6c5d4e3f2a1b0c9d8e7f6a5b4c");
    isRefused("qwertyuiopasdfghjklzxcvbnm1234567890");
    isRefused("1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,");
  });

  it("has too few different characters", () => {
    const twoLetters = (seed: number) =>
      Array.from(drawn(seed, 40), (byte) => (byte & 1 ? "a" : "b")).join("");
    for (let seed = 0; seed < 50; seed++) isRefused(twoLetters(seed));
  });

  it("is judged in time that does not depend on how it is made up", () => {
    for (const text of ["ab", "0123456789abcdef", "mysecretkey", "xmysecretkey", "aaaaaaaab"])
      isRefused(text.repeat(5_000 / text.length));
  });
});

describe("the message about a secret", () => {
  it("never holds it or a part of it", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(30), (seed, length) => {
        const strong = drawn(seed, 32).toString("base64url");
        const short = strong.slice(0, length);
        for (const list of [
          [strong, strong],
          [strong, short],
          [strong, `${strong.slice(0, 8)}${"a".repeat(40)}`],
        ]) {
          try {
            checkSecrets(list);
            assert.fail("was accepted");
          } catch (error) {
            assert.ok(error instanceof HoldfastError);
            const text = `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
            for (let at = 0; at + 6 <= strong.length; at++)
              assert.equal(text.includes(strong.slice(at, at + 6)), false);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("a new secret", () => {
  it("is 256 bits of the randomness given, as base64url, and passes the check", () => {
    const sizes: number[] = [];
    const secret = newSecret((size) => {
      sizes.push(size);
      return randomBytes(size);
    });
    assert.deepEqual(sizes, [32]);
    assert.match(secret, /^[\w-]{43}$/);
    assert.doesNotThrow(() => checkSecrets(secret));
  });
});
