import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { pinClone, type PinOptions } from "../../src/cli/pin.ts";
import { openPackages } from "../../src/wordpress/packages.ts";
import { type PackageServer, startPackageServer } from "../../sandbox/packages/server.ts";

const plugin = "plugins/hello-countersign";
const lockFile = `packages/${plugin}/1.1.yml`;
const siteText = `# The shop: ask Carol before you touch it.
url: https://shop.example
tier: production

desired:
  plugins:
    hello-countersign: { version: "1.0", state: active } # greets
    "other":   { version: 2.0.0, state: inactive }
`;

let server: PackageServer;
let folder = "";
beforeAll(async () => {
  server = await startPackageServer();
});
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-pin-"));
  write("countersign.yml", policy());
  write("sites/shop.yml", siteText);
});
afterEach(() => {
  server.heal();
  rmSync(folder, { recursive: true });
});

const policy = () => `version: 1
roles: { operators: { teams: [acme/ops] } }
gates: [{ name: all, require: [{ role: operators, count: 1 }] }]
sources:
  - { name: sandbox, type: wordpress.org, api: "${server.origin}", hosts: ["${new URL(server.origin).host}"], privateAddresses: true }
`;
function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
const read = (path: string) => readFileSync(join(folder, path), "utf8");
const pin = (options: Partial<PinOptions> = {}) =>
  pinClone(
    folder,
    { names: [`${plugin}@1.1`], ...options },
    { packages: openPackages({}), onProgress: () => undefined },
  );

describe("countersign pin", () => {
  it("writes the lock that the source's bytes come to", async () => {
    const { sha256, bytes, url } = server.find("hello-countersign", "1.1");
    expect(await pin()).toEqual({ lines: [`${lockFile}: written, ${sha256}`], exitCode: 0 });
    expect(read(lockFile)).toBe(`source: sandbox
url: ${url}
sha256: ${sha256}
bytes: ${bytes}
releasedAt: 2026-09-07T09:00:00Z
requires: "6.1"
requiresPhp: "7.4"
`);
    expect(await pin()).toMatchObject({
      lines: [expect.stringContaining("confirms")],
      exitCode: 0,
    });
  });
  it("keeps a lock that differs, with every difference at its line, until told to replace it", async () => {
    await pin();
    const lie = read(lockFile).replace('"6.1"', '"5.0"');
    write(lockFile, lie);
    expect(await pin()).toEqual({
      lines: [
        `${lockFile}:6:11: error: requires is 5.0, and the source has 6.1`,
        "  allowed: 6.1",
        `  countersign pin --repin ${plugin}@1.1`,
      ],
      exitCode: 1,
    });
    expect(read(lockFile)).toBe(lie);
    expect(await pin({ repin: true })).toMatchObject({ exitCode: 0 });
    expect(read(lockFile)).toContain('requires: "6.1"');
  });
  it("sets the version in a site file and leaves comments and everything else as it is", async () => {
    expect(await pin({ sites: ["shop"] })).toMatchObject({ exitCode: 0 });
    expect(read("sites/shop.yml")).toBe(siteText.replace('"1.0"', '"1.1"'));
  });
  it("touches no site file that does not name the package, or that is not there", async () => {
    write("sites/shop.yml", siteText.replaceAll("hello-countersign", "another"));
    const before = read("sites/shop.yml");
    const report = await pin({ sites: ["shop", "nowhere"] });
    expect(report.exitCode).toBe(1);
    expect(report.lines.slice(1)).toEqual([
      "sites/shop.yml:1:1: error: desired.plugins.hello-countersign has no version here that could be set",
      "sites/nowhere.yml:1:1: error: there is no such site file",
    ]);
    expect(read("sites/shop.yml")).toBe(before);
  });
  it("says 3 where a source cannot be reached, 1 where it has no such version", async () => {
    server.fault("hello-countersign", "1.1", { kind: "truncated" });
    expect(await pin()).toMatchObject({ exitCode: 3 });
    expect(await pin({ names: [`${plugin}@9.9`] })).toEqual({
      lines: [
        `packages/${plugin}/9.9.yml:1:1: error: ${plugin}@9.9 was not pinned: sandbox has hello-countersign, but no version 9.9`,
      ],
      exitCode: 1,
    });
  });
  it("pins no package that calls itself another version", async () => {
    const report = await pin({ names: [`${plugin}@1.5`] });
    expect(report.lines.join()).toContain(`own header says version "1.9", not 1.5`);
    expect(report.exitCode).toBe(1);
  });
  it.each([
    "akismet",
    "plugins/../x@1",
    "plugins/a@1.0-evil",
    "plugins/a@1\n",
    "plugins/A@1",
    "mu/a@1",
  ])("refuses the name %j", async (name) => {
    await expect(pin({ names: [name] })).rejects.toMatchObject({ code: "usage" });
  });
  it("writes nothing through a link in the clone", async () => {
    const outside = mkdtempSync(join(tmpdir(), "countersign-outside-"));
    symlinkSync(outside, join(folder, "packages"));
    await expect(pin()).rejects.toMatchObject({ code: "clone_unreadable" });
    rmSync(outside, { recursive: true });
  });
  it("names every error of a broken policy, and where it ought to be run", async () => {
    write("countersign.yml", "version: 2\nsurprise: 1\n");
    const report = await pin();
    expect(report.exitCode).toBe(1);
    expect(report.lines.join("\n")).toMatch(/countersign\.yml:2:1: error: unknown key "surprise"/u);
    rmSync(join(folder, "countersign.yml"));
    await expect(pin()).rejects.toMatchObject({ code: "clone_unreadable" });
  });
  it("works as a program, with its progress beside its answer", async () => {
    const main = resolve(import.meta.dirname, "..", "..", "src", "cli", "main.ts");
    const ended = await new Promise<{ code: unknown; out: string; err: string }>((done) => {
      execFile(
        process.execPath,
        [main, "pin", `${plugin}@1.1`],
        { cwd: folder },
        (error, out, err) => done({ code: error?.code ?? 0, out, err }),
      );
    });
    expect(ended).toEqual({
      code: 0,
      out: expect.stringContaining(`${lockFile}: written`),
      err: `Asking the source for ${plugin}@1.1 …\n`,
    });
  });
});
