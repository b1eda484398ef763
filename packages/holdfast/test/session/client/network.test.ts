import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { holderOf, networkOf } from "../../../src/session/client/network.ts";

const NETWORKS: readonly (readonly [ip: string, network: string])[] = [
  ["203.0.113.77", "203.0.113.0/24"],
  ["::ffff:203.0.113.77", "203.0.113.0/24"],
  ["::ffff:cb00:714d", "203.0.113.0/24"],
  ["2001:db8:7:1::5", "2001:db8:7::/48"],
  ["2001:0DB8:0007:0:0:0:0:5", "2001:db8:7::/48"],
  ["2001:db8::", "2001:db8:0::/48"],
  ["64:ff9b::203.0.113.77", "64:ff9b:0::/48"],
  ["127.0.0.1", "loopback"],
  ["127.255.0.9", "loopback"],
  ["::1", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["10.1.2.3", "private"],
  ["172.16.0.1", "private"],
  ["172.31.255.255", "private"],
  ["172.32.0.1", "172.32.0.0/24"],
  ["192.168.178.20", "private"],
  ["169.254.1.1", "private"],
  ["100.64.0.1", "private"],
  ["100.128.0.1", "100.128.0.0/24"],
  ["fd12:3456::1", "private"],
  ["fe80::1%eth0", "private"],
  ["", "unknown"],
  ["localhost", "unknown"],
  ["203.0.113", "unknown"],
  ["203.0.113.077", "unknown"],
  ["203.0.113.1:443", "unknown"],
  ["[2001:db8::1]", "unknown"],
  [`fe80::1%${"a".repeat(100)}`, "unknown"],
];

describe("the network of an address", () => {
  for (const [ip, network] of NETWORKS) {
    it(`of ${JSON.stringify(ip.slice(0, 40))} is ${network}`, () => assert.equal(networkOf(ip), network));
  }

  it("is the same for every address of an IPv4 /24 and an IPv6 /48", () => {
    const byte = fc.nat({ max: 255 });
    fc.assert(
      fc.property(byte, byte, byte, byte, byte, (a, b, c, one, other) => {
        assert.equal(networkOf(`${a}.${b}.${c}.${one}`), networkOf(`${a}.${b}.${c}.${other}`));
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), (ip) => {
        assert.match(
          networkOf(ip),
          /^(?:[\da-f]{1,4}(?::[\da-f]{1,4}){2}::\/48|[\d.]+\/24|private|loopback)$/,
        );
      }),
    );
  });

  it("is unknown for any text that is no address", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        assert.match(networkOf(text), /^(?:[\da-f.:]+\/(?:24|48)|private|loopback|unknown)$/);
      }),
    );
    assert.equal(networkOf(undefined), "unknown");
    assert.equal(networkOf("1".repeat(10_000_000)), "unknown");
  });
});

describe("the holder of an address", () => {
  it("is the address itself, or the /64 of an IPv6 address, or nobody", () => {
    assert.equal(holderOf("203.0.113.77"), "203.0.113.77");
    assert.equal(holderOf("::ffff:203.0.113.77"), "203.0.113.77");
    assert.equal(holderOf("2001:db8:7:1:a:b:c:d"), "2001:db8:7:1::/64");
    assert.equal(holderOf("2001:db8:7:1::"), holderOf("2001:db8:7:1:ffff::1"));
    for (const text of [undefined, "", "unknown", "203.0.113.77, 10.0.0.1"])
      assert.equal(holderOf(text), undefined);
  });
});
