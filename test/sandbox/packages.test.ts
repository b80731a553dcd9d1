import { createHash } from "node:crypto";
import { get } from "node:http";
import { crc32 } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type PackageServer, startPackageServer } from "../../sandbox/packages/server.ts";
import { zip } from "../../sandbox/packages/zip.ts";

let server: PackageServer;
beforeAll(async () => {
  server = await startPackageServer();
});
afterEach(() => server.heal());
afterAll(() => server.close());

const digestOf = (bytes: Uint8Array) =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const bodyOf = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer());

/** Reads a stored-only zip by its central directory, checking every checksum. */
function unzip(bytes: Buffer): Record<string, string> {
  const end = bytes.length - 22;
  expect(bytes.readUInt32LE(end)).toBe(0x06054b50);
  const files: Record<string, string> = {};
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    expect(bytes.readUInt32LE(at)).toBe(0x02014b50);
    const [crc, size] = [bytes.readUInt32LE(at + 16), bytes.readUInt32LE(at + 24)];
    const nameLength = bytes.readUInt16LE(at + 28);
    const name = bytes.toString("utf8", at + 46, at + 46 + nameLength);
    const local = bytes.readUInt32LE(at + 42);
    expect(bytes.toString("utf8", local + 30, local + 30 + nameLength)).toBe(name);
    const data = bytes.subarray(local + 30 + nameLength, local + 30 + nameLength + size);
    expect(crc32(data)).toBe(crc);
    files[name] = data.toString("utf8");
    at += 46 + nameLength;
  }
  expect(at).toBe(end);
  return files;
}

describe("the package server", () => {
  it("serves every package with the digest and size that its entry states", async () => {
    expect(server.packages.map((each) => `${each.slug} ${each.version}`)).toEqual([
      ...["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8"].map(
        (version) => `hello-countersign ${version}`,
      ),
      "shop-lite 2.0.0",
      "shop-lite 2.1.0",
      "plain-child 1.0",
      "plain-child 1.1",
    ]);
    for (const entry of server.packages) {
      const bytes = await bodyOf(entry.url);
      expect([digestOf(bytes), bytes.length]).toEqual([entry.sha256, entry.bytes]);
      expect(unzip(bytes)).toEqual(server.filesOf(entry.slug, entry.version));
    }
  });

  it("gives a package the same digest on every start and on every machine", async () => {
    const another = await startPackageServer();
    const digests = (from: PackageServer) => from.packages.map((each) => each.sha256);
    expect(digests(another)).toEqual(digests(server));
    await another.close();
    const known = zip({ "a/a.php": "<?php\n", "a/b.txt": "b" });
    expect(digestOf(known)).toBe(
      "sha256:edca75e6b91633f5463f3332d2e8cf54025a368adbd15a9c11a8132d9805ded1",
    );
  });

  it("answers a plugin's information in WordPress.org's shape", async () => {
    const query = "action=plugin_information&request[slug]=shop-lite";
    const response = await fetch(`${server.origin}/plugins/info/1.2/?${query}`);
    const newest = server.find("shop-lite", "2.1.0");
    expect(await response.json()).toEqual({
      name: "Shop Lite",
      slug: "shop-lite",
      version: "2.1.0",
      requires: "6.7",
      requires_php: "8.1",
      last_updated: "2026-10-19 9:00am GMT",
      download_link: newest.url,
      versions: { "2.0.0": server.find("shop-lite", "2.0.0").url, "2.1.0": newest.url },
    });
  });

  it.each([
    "/plugins/info/1.2/?action=plugin_information&request[slug]=nobody",
    "/plugins/info/1.2/?action=plugin_information&request[slug]=plain-child",
    "/plugins/info/1.2/?action=query_plugins",
    "/plugin/hello-countersign.9.9.zip",
  ])("answers 404 to %s", async (path) => {
    expect((await fetch(server.origin + path)).status).toBe(404);
  });

  it("records the requests it got, in order", async () => {
    const before = server.requests.length;
    await fetch(server.find("shop-lite", "2.0.0").url);
    await fetch(`${server.origin}/nothing`, { method: "POST" });
    expect(server.requests.slice(before)).toEqual([
      "GET /plugin/shop-lite.2.0.0.zip",
      "POST /nothing",
    ]);
  });
});

describe("a fault of the package server", () => {
  const entry = () => server.find("hello-countersign", "1.1");

  it("tampered: a sound zip of the same size with another digest, until healed", async () => {
    server.tamper("hello-countersign", "1.1");
    const bytes = await bodyOf(entry().url);
    expect(bytes.length).toBe(entry().bytes);
    expect(digestOf(bytes)).not.toBe(entry().sha256);
    expect(Object.keys(unzip(bytes))).toEqual(
      Object.keys(server.filesOf("hello-countersign", "1.1")),
    );
    server.heal();
    expect(digestOf(await bodyOf(entry().url))).toBe(entry().sha256);
  });

  it("padded: more bytes than the entry states", async () => {
    server.fault("hello-countersign", "1.1", { kind: "padded", extraBytes: 7 });
    expect((await bodyOf(entry().url)).length).toBe(entry().bytes + 7);
  });

  it("truncated: the connection breaks before the announced end", async () => {
    server.fault("hello-countersign", "1.1", { kind: "truncated" });
    const received = await new Promise<number>((resolve) => {
      get(entry().url, (response) => {
        let bytes = 0;
        response.on("data", (chunk: Buffer) => (bytes += chunk.length));
        response.on("error", () => resolve(bytes));
        response.on("end", () => resolve(Number.NaN));
      });
    });
    expect(received).toBe(entry().bytes >> 1);
  });

  it("redirect: sends elsewhere", async () => {
    const location = `${server.origin}/plugin/hello-countersign.1.2.zip`;
    server.fault("hello-countersign", "1.1", { kind: "redirect", location });
    const response = await fetch(entry().url, { redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([302, location]);
  });

  it("missing: 404, and only for that version", async () => {
    server.fault("hello-countersign", "1.1", { kind: "missing" });
    expect((await fetch(entry().url)).status).toBe(404);
    expect((await fetch(server.find("hello-countersign", "1.0").url)).status).toBe(200);
  });

  it("slow: the right bytes, later", async () => {
    server.fault("hello-countersign", "1.1", { kind: "slow", delayMs: 300 });
    const startedAt = performance.now();
    expect(digestOf(await bodyOf(entry().url))).toBe(entry().sha256);
    expect(performance.now() - startedAt).toBeGreaterThan(290);
  });

  it("cannot be put on a package that is not there", () => {
    expect(() => server.tamper("hello-countersign", "9.9")).toThrow("no hello-countersign 9.9");
  });
});
