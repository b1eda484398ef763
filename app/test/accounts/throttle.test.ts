import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeClock } from "holdfast/testing";
import { LoginThrottle, network } from "../../src/accounts/login-throttle.ts";
import { Throttle, type ThrottleOptions } from "../../src/accounts/throttle.ts";
import { openDatabase } from "../../src/database.ts";

const newThrottle = (
  options: Pick<ThrottleOptions, "limit"> & Partial<ThrottleOptions>,
  clock = fakeClock(),
  database = openDatabase(":memory:"),
): Throttle => new Throttle({ name: "some", windowMs: 1000, ...options }, database, clock);

describe("Throttle", () => {
  it("allows so many attempts in a window that slides", () => {
    const clock = fakeClock();
    const throttle = newThrottle({ limit: 2 }, clock);
    assert.equal(throttle.take("a"), 0);
    clock.advance(400);
    assert.equal(throttle.take("a"), 0);
    assert.equal(throttle.take("a"), 600);
    assert.equal(throttle.take("b"), 0);
    clock.advance(600);
    assert.equal(throttle.take("a"), 0);
    assert.equal(throttle.take("a"), 400);
  });

  it("does not lengthen the wait of those who try meanwhile", () => {
    const clock = fakeClock();
    const throttle = newThrottle({ limit: 1 }, clock);
    throttle.take("a");
    for (let i = 1; i < 10; i++) {
      clock.advance(100);
      assert.equal(throttle.take("a"), 1000 - i * 100);
    }
    clock.advance(100);
    assert.equal(throttle.take("a"), 0);
  });

  it("remembers a bounded number of attempts, the latest", () => {
    const throttle = newThrottle({ limit: 1, most: 2 });
    for (const key of ["a", "b", "c"]) throttle.take(key);
    assert.equal(throttle.take("c"), 1000);
    assert.equal(throttle.take("b"), 1000);
    assert.equal(throttle.take("a"), 0);
  });

  it("counts what other processes count, each name for itself", () => {
    const database = openDatabase(":memory:");
    const one = newThrottle({ limit: 1 }, fakeClock(), database);
    const two = newThrottle({ limit: 1 }, fakeClock(), database);
    const other = newThrottle({ name: "other", limit: 1 }, fakeClock(), database);
    assert.equal(one.take("a"), 0);
    assert.equal(two.take("a"), 1000);
    assert.equal(other.take("a"), 0);
    two.clear("a");
    assert.equal(one.take("a"), 0);
    assert.equal(other.take("a"), 1000);
  });

  it("keeps nothing of a window that is over", () => {
    const database = openDatabase(":memory:");
    const clock = fakeClock();
    const throttle = newThrottle({ limit: 1 }, clock, database);
    for (const key of ["a", "b", "c"]) throttle.take(key);
    clock.advance(1000);
    throttle.take("d");
    assert.equal(database.prepare("SELECT key FROM attempts").all().length, 1);
  });

  it("gives back and forgets", () => {
    const throttle = newThrottle({ limit: 1 });
    throttle.take("a");
    throttle.giveBack("a");
    assert.equal(throttle.take("a"), 0);
    throttle.clear("a");
    assert.equal(throttle.take("a"), 0);
    throttle.giveBack("never seen");
  });
});

describe("LoginThrottle", () => {
  it("counts a name from one address, and leaves the name free for others", () => {
    const throttle = new LoginThrottle(openDatabase(":memory:"), fakeClock());
    for (let i = 0; i < 5; i++) assert.equal(throttle.take("ada", "192.0.2.1"), 0);
    assert.ok(throttle.take("ada", "192.0.2.1") > 0);
    assert.equal(throttle.take("ada", "192.0.2.2"), 0);
    assert.equal(throttle.take("grace", "192.0.2.1"), 0);
  });

  it("counts an address over all names, and a success does not wipe that out", () => {
    const throttle = new LoginThrottle(openDatabase(":memory:"), fakeClock());
    for (let i = 0; i < 50; i++) {
      assert.equal(throttle.take(`name-${i}`, "192.0.2.1"), 0);
      if (throttle.take("own", "192.0.2.1") === 0) throttle.succeeded("own", "192.0.2.1");
    }
    assert.ok(throttle.take("another", "192.0.2.1") > 0);
  });

  it("takes an IPv6 network for one address, and a mapped IPv4 address for itself", () => {
    assert.equal(network("2001:db8:1:2:aaaa::1"), "2001:db8:1:2::/64");
    assert.equal(network("2001:0db8:1:2:ffff:0:0:9"), network("2001:db8:1:2::"));
    assert.notEqual(network("2001:db8:1:3::1"), network("2001:db8:1:2::1"));
    assert.equal(network("::1"), "0:0:0:0::/64");
    assert.equal(network("fe80::1%eth0"), "fe80:0:0:0::/64");
    assert.equal(network("::ffff:192.0.2.1"), "192.0.2.1");
    assert.equal(network("192.0.2.1"), "192.0.2.1");
    assert.equal(network(undefined), "unknown");
  });
});
