import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Passwords } from "../../src/accounts/passwords.ts";
import { BusyError, Turnstile } from "../../src/accounts/turnstile.ts";

const cheap = { ln: 6, r: 8, p: 1 };

describe("Passwords", () => {
  it("hashes at the full cost by default, with a new salt each time", async () => {
    const passwords = new Passwords();
    const [first, second] = await Promise.all([
      passwords.hash("one and the same"),
      passwords.hash("one and the same"),
    ]);
    assert.match(first, /^\$scrypt\$ln=15,r=8,p=3\$[\w+/]{22}\$[\w+/]{43}$/);
    assert.notEqual(first, second);
    assert.ok(await passwords.verify("one and the same", first));
  });

  it("accepts the password and nothing else", async () => {
    const passwords = new Passwords(cheap);
    const stored = await passwords.hash("granite kelp tides");
    assert.equal(await passwords.verify("granite kelp tides", stored), true);
    for (const wrong of ["", "granite kelp tide", "Granite kelp tides", "granite kelp tides "]) {
      assert.equal(await passwords.verify(wrong, stored), false, wrong);
    }
  });

  it("accepts nothing for a user who does not exist", async () => {
    const passwords = new Passwords(cheap);
    assert.equal(await passwords.verify("anything", undefined), false);
  });

  it("works as long for a user who does not exist", async () => {
    const passwords = new Passwords({ ln: 14, r: 8, p: 1 });
    const stored = await passwords.hash("granite kelp tides");
    const work = async (of: string | undefined): Promise<number> => {
      const before = process.cpuUsage();
      for (let i = 0; i < 5; i++) await passwords.verify("not the password", of);
      return process.cpuUsage(before).user;
    };
    const known = await work(stored);
    const unknown = await work(undefined);
    assert.ok(unknown > known / 2 && unknown < known * 2, `${unknown} against ${known} µs`);
  });

  it("takes the same password from different keyboards", async () => {
    const passwords = new Passwords(cheap);
    const stored = await passwords.hash("caf\u00e9 \uff41\uff42\uff43");
    assert.equal(await passwords.verify("cafe\u0301 abc", stored), true);
  });

  it("still verifies hashes that were made at another cost", async () => {
    const stored = await new Passwords({ ln: 5, r: 4, p: 2 }).hash("an older hash");
    assert.equal(await new Passwords(cheap).verify("an older hash", stored), true);
  });

  it("refuses a stored value that is no hash", async () => {
    await assert.rejects(new Passwords(cheap).verify("x", "plain text"), /not in the expected format/);
  });
});

describe("Turnstile", () => {
  const gate = (): { work: () => Promise<void>; open: () => void } => {
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    return { work: () => opened, open };
  };

  it("lets a few run, a bounded number wait, and turns the rest away at once", async () => {
    const turnstile = new Turnstile(2, 1);
    const gates = [gate(), gate(), gate()];
    let running = 0;
    let most = 0;
    const runs = gates.map(({ work }) =>
      turnstile.run(async () => {
        most = Math.max(most, ++running);
        await work();
        running--;
      }),
    );
    await assert.rejects(
      turnstile.run(async () => {}),
      BusyError,
    );
    for (const { open } of gates) open();
    await Promise.all(runs);
    assert.equal(most, 2);
    await turnstile.run(async () => {});
  });

  it("goes on after work that failed", async () => {
    const turnstile = new Turnstile(1, 1);
    const failing = turnstile.run(() => Promise.reject(new Error("no")));
    const waiting = turnstile.run(async () => "done");
    await assert.rejects(failing, /no/);
    assert.equal(await waiting, "done");
    assert.equal(await turnstile.run(async () => "again"), "again");
  });
});
