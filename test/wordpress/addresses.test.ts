import { describe, expect, it } from "vitest";
import { isPublicAddress, resolveDestination } from "../../src/wordpress/addresses.ts";

describe("isPublicAddress", () => {
  it.each(["1.1.1.1", "8.8.8.8", "198.143.164.252", "2606:4700::1111", "2a00:1450:4001::200e"])(
    "lets %s be contacted",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
  it.each([
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.31.255.255",
    "192.0.0.8",
    "192.168.1.1",
    "198.19.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fd12::1",
    "ff02::1",
    "64:ff9b::a00:1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "2002:7f00:1::",
    "2001:db8::1",
    "2001::1",
    "",
    "localhost",
    "127.1",
    "0x7f000001",
  ])("contacts nothing at %j", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

const rules = { hosts: ["packages.example"], privateAddresses: false };
const at =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

describe("resolveDestination", () => {
  it("connects to the very addresses that were checked, whatever the name says later", async () => {
    let asked = 0;
    const turning = async () => {
      asked += 1;
      return [{ address: asked === 1 ? "1.1.1.1" : "127.0.0.1", family: 4 }];
    };
    const resolved = await resolveDestination("https://packages.example/a.zip", rules, turning);
    if (resolved.kind !== "allowed") throw new Error(resolved.why);
    const given: unknown[] = [];
    const { lookup } = resolved.destination;
    lookup("packages.example", { all: true }, (_error, addresses) => given.push(addresses));
    lookup("packages.example", {}, (_error, address, family) => given.push([address, family]));
    expect(given).toEqual([[{ address: "1.1.1.1", family: 4 }], ["1.1.1.1", 4]]);
    expect(asked).toBe(1);
  });
  it("refuses a name of which any one address is not public", async () => {
    const answer = await resolveDestination(
      "https://packages.example/",
      rules,
      at("1.1.1.1", "10.0.0.1"),
    );
    expect(answer).toEqual({
      kind: "unsafe",
      why: "packages.example is at 10.0.0.1, an address that is not public",
    });
  });
  it.each([
    ["http://packages.example/", "by http, not https"],
    ["ftp://packages.example/", "by ftp, not https"],
    ["file:///etc/passwd", "by file, not https"],
    ["https://packages.example:8443/", "packages.example:8443 is not among"],
    ["https://packages.example.evil.example/", "is not among"],
    ["https://evil.example/packages.example", "evil.example is not among"],
    ["https://packages.example@evil.example/", "a URL with a password"],
    ["https://a:b@packages.example/", "a URL with a password"],
    ["nonsense", "no URL"],
  ])("refuses %s", async (url, why) => {
    const answer = await resolveDestination(url, rules, at("1.1.1.1"));
    expect(answer).toEqual({ kind: "unsafe", why: expect.stringContaining(why) });
  });
  it("does not know a host that has no address, or cannot be resolved", async () => {
    const failing = () => Promise.reject(new Error("EAI_AGAIN"));
    for (const resolve of [at(), failing]) {
      const answer = await resolveDestination("https://packages.example/", rules, resolve);
      expect(answer.kind).toBe("unreachable");
    }
  });
});
