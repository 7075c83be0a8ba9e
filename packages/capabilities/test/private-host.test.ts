// Each range of addresses that is not public, with its edges, and the IPv6 spellings that hide an IPv4 address.
import { classifyAddress, isPrivateHostName } from "@crucible/capabilities";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

describe("addresses", () => {
  test.each([
    ["127.0.0.1", "loopback"],
    ["127.255.255.255", "loopback"],
    ["0.0.0.0", "unspecified"],
    ["10.0.0.0", "private"],
    ["172.16.0.1", "private"],
    ["172.31.255.255", "private"],
    ["192.168.1.1", "private"],
    ["169.254.169.254", "link-local"],
    ["168.63.129.16", "link-local"],
    ["100.64.0.1", "shared"],
    ["100.127.255.255", "shared"],
    ["224.0.0.1", "multicast"],
    ["239.255.255.255", "multicast"],
    ["255.255.255.255", "reserved"],
    ["198.18.0.1", "reserved"],
    ["::", "unspecified"],
    ["::1", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["::ffff:7f00:1", "loopback"],
    ["0:0:0:0:0:ffff:a00:5", "private"],
    ["::ffff:0:10.0.0.1", "private"],
    ["64:ff9b::10.0.0.1", "private"],
    ["64:ff9b:1::1", "private"],
    ["2002:7f00:1::", "loopback"],
    ["2002:0a00:0001::1", "private"],
    ["2001:0:1::1", "reserved"],
    ["fe80::1", "link-local"],
    ["fe80::1%eth0", "link-local"],
    ["fd00:ec2::254", "private"],
    ["fc00::1", "private"],
    ["ff02::1", "multicast"],
    ["2001:db8::1", "reserved"],
    ["fd00::1", "private"],
    ["not an address", "not-an-address"],
    ["1.2.3", "not-an-address"],
    ["1.2.3.256", "not-an-address"],
    ["1::2::3", "not-an-address"],
  ])("%s is %s", (address, expected) => {
    expect(classifyAddress(address)).toBe(expected);
  });

  test.each([
    "8.8.8.8",
    "1.1.1.1",
    "172.15.255.255",
    "172.32.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "169.253.255.255",
    "2606:4700::1111",
    "2a00:1450:4001::1",
    "64:ff9b::8.8.8.8",
  ])("%s is public", (address) => {
    expect(classifyAddress(address)).toBeUndefined();
  });

  test("an IPv4 address has the same class in its mapped spelling", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(classifyAddress(`::ffff:${address}`)).toBe(classifyAddress(address));
      }),
    );
  });

  test("classifying never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.ipV4()), (text) => {
        classifyAddress(text);
        isPrivateHostName(text);
      }),
    );
  });

  test.each([
    ["localhost", true],
    ["LOCALHOST.", true],
    ["x.localhost", true],
    ["[::1]", true],
    ["127.0.0.1", true],
    ["localhost.example.com", false],
    ["example.com", false],
    ["8.8.8.8", false],
  ])("the name %s is private: %s", (name, expected) => {
    expect(isPrivateHostName(name)).toBe(expected);
  });
});
