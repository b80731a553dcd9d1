import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPackageZip } from "../../src/wordpress/package-zip.ts";
import { zip } from "../../sandbox/packages/zip.ts";
import { link, patchDirectory, pluginFiles } from "./package-world.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-zip-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(bytes: Uint8Array, over: { maxUnpackedBytes?: number } = {}) {
  const file = path.join(folder, "package.zip");
  writeFileSync(file, bytes);
  const wants = (name: string) => name.endsWith(".php");
  return readPackageZip(file, { folder: "odd", wants, maxUnpackedBytes: 100_000, ...over });
}
const good = pluginFiles();
const name = "odd/odd.php";
const unsafe = (why: string) => ({ kind: "unsafe", why: expect.stringContaining(why) });

describe("a package's zip", () => {
  it("gives the beginning of wanted files and the newest time", async () => {
    const long = `<?php\n${"x".repeat(20_000)}`;
    const answer = await read(zip({ ...good, "odd/long.php": long, "odd/a.txt": "a" }));
    if (answer.kind !== "read") throw new Error(answer.why);
    expect([...answer.heads.keys()]).toEqual(["odd.php", "long.php"]);
    expect(answer.heads.get("long.php")).toBe(long.slice(0, 8192));
    expect(answer.newestAt).toBe(Date.UTC(2024, 0, 1) / 1000);
  });
  it.each([
    ["../evil.php", "relative path"],
    ["odd/../../evil.php", "relative path"],
    ["/odd/evil.php", "absolute path"],
    ["C:/evil.php", "absolute path"],
    ["odd\\..\\evil.php", "invalid characters"],
    ["other/evil.php", "is not under odd/"],
    ["oddity/evil.php", "is not under odd/"],
    ["odd", "is not under odd/"],
    ["odd/a\n.php", "control character"],
    ["odd/a\0.php", "control character"],
  ])("is refused for an entry called %j", async (evil, why) => {
    expect(await read(zip({ ...good, [evil]: "<?php\n" }))).toEqual(unsafe(why));
  });
  it("is refused for links, devices, encryption and a name that comes twice", async () => {
    const bytes = zip(good);
    const patched = (patch: (entry: Buffer) => void) => read(patchDirectory(bytes, name, patch));
    expect(await patched((entry) => entry.writeUInt32LE(link, 38))).toEqual(unsafe("is a link"));
    const device = (0o020644 << 16) >>> 0;
    expect(await patched((entry) => entry.writeUInt32LE(device, 38))).toEqual(unsafe("a device"));
    const encrypted = await patched((entry) => {
      entry.writeUInt16LE(1, 8);
      entry.writeUInt16LE(8, 10); // deflated, or its size would give it away first
    });
    expect(encrypted).toEqual(unsafe("is encrypted"));
    const twice = zip({ ...good, "odd/oda.php": "<?php\n" });
    const same = patchDirectory(twice, "odd/oda.php", (entry) => entry.write("odd.php", 50));
    expect(await read(same)).toEqual(unsafe("is there twice"));
  });
  it("is refused where its directory and its entries say different things", async () => {
    const bytes = zip(good);
    const renamed = patchDirectory(bytes, name, (entry) => entry.write("odd/abc.php", 46));
    expect(await read(renamed)).toEqual(unsafe("two names"));
    const summed = patchDirectory(bytes, name, (entry) => entry.writeUInt32LE(7, 16));
    expect(await read(summed)).toEqual(unsafe("a checksum is wrong"));
  });
  it("is refused where the bytes of a name and its Unicode form lead to different places", async () => {
    const hidden = "odd/../../e";
    const extra = Buffer.alloc(9 + 7);
    extra.writeUInt16LE(0x7075, 0);
    extra.writeUInt16LE(5 + 7, 2);
    extra.writeUInt8(1, 4);
    extra.writeUInt32LE(crc32(hidden), 5);
    extra.write("odd/e.x", 9);
    expect(await read(withExtra(hidden, extra))).toEqual(unsafe("leads elsewhere"));
  });
  it("is too large where it unpacks to more than allowed, whatever it says", async () => {
    const files = { ...good, "odd/zeros": Buffer.alloc(5000) };
    expect(await read(zip(files), { maxUnpackedBytes: 4000 })).toMatchObject({ kind: "too_large" });
    expect(await read(bomb(), { maxUnpackedBytes: 4000 })).toEqual(unsafe("too many bytes"));
  });
  it.each([Buffer.alloc(0), Buffer.from("<html>not found</html>"), zip(good).subarray(0, 60)])(
    "is refused where it is none",
    async (bytes) => {
      expect(await read(bytes)).toEqual(unsafe("not sound"));
    },
  );
});

/** One deflated entry that says 100 bytes and unpacks to a megabyte. */
function bomb(): Buffer {
  const packed = deflateRawSync(Buffer.alloc(1_000_000));
  const bytes = zip({ "odd/bomb": packed });
  const method = (at: number) => bytes.writeUInt16LE(8, at);
  method(8);
  bytes.writeUInt32LE(100, 22);
  return patchDirectory(bytes, "odd/bomb", (entry) => {
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(100, 24);
  });
}

/** One stored entry whose directory entry, the last part of the file but the end, has an extra field. */
function withExtra(only: string, extra: Buffer): Buffer {
  const plain = zip({ [only]: "" });
  const bytes = patchDirectory(plain, only, (entry) => entry.writeUInt16LE(extra.length, 30));
  const [body, end] = [bytes.subarray(0, -22), bytes.subarray(-22)];
  end.writeUInt32LE(end.readUInt32LE(12) + extra.length, 12);
  return Buffer.concat([body, extra, end]);
}
