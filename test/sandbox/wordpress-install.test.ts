import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { prepareWordPress } from "../../sandbox/wordpress/install.ts";
import { SandboxError } from "../../sandbox/wordpress/sandbox-error.ts";

let work: string;
let cacheDir: string;
beforeAll(() => prepareWordPress());
beforeEach(() => {
  work = mkdtempSync(path.join(tmpdir(), "wordpress-install-test-"));
  cacheDir = path.join(work, "cache");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(work, { recursive: true });
});

/** Puts a program named npm before the real one. */
function pretendNpm(script: string): void {
  const bin = path.join(work, "bin");
  mkdirSync(bin);
  writeFileSync(path.join(bin, "npm"), `#!/bin/sh\n${script}\n`);
  chmodSync(path.join(bin, "npm"), 0o755);
  vi.stubEnv("PATH", `${bin}${path.delimiter}${process.env["PATH"]}`);
}

const folders = () => readdirSync(cacheDir).filter((name) => !name.endsWith(".lock"));

async function failure(): Promise<SandboxError> {
  const error: unknown = await prepareWordPress({ cacheDir }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(SandboxError);
  return error as SandboxError;
}

describe("prepareWordPress", () => {
  it("asks npm for nothing when everything is there", async () => {
    pretendNpm("exit 1");
    const progress: string[] = [];
    const files = await prepareWordPress({ onProgress: (message) => progress.push(message) });
    expect(progress).toEqual([]);
    expect(readdirSync(files.core)).toContain("wp-settings.php");
    expect(readdirSync(files.sqliteDropIn)).toContain("load.php");
  });

  it("refuses bytes that are not the pinned ones, and leaves nothing behind", async () => {
    pretendNpm("echo forged > wp-studio.tgz; echo wp-studio.tgz");
    const error = await failure();
    expect(error.message).toMatch(/has sha512 .{86}==, but boMtahkh.{78}== is pinned/);
    expect(error.hint).toContain("Do not use it");
    expect(folders()).toEqual([]);
  });

  it("says what npm said and what to do when npm fails, and leaves nothing behind", async () => {
    pretendNpm("echo half > wp-studio.tgz; echo 'network is down' >&2; exit 1");
    const error = await failure();
    expect(error.message).toContain("`npm pack wp-studio@1.22.0");
    expect(error.message).toContain("network is down");
    expect(error.hint).toContain("npm ping");
    expect(folders()).toEqual([]);
  });

  it("says so when npm is not there at all", async () => {
    vi.stubEnv("PATH", work);
    expect((await failure()).message).toContain("the program was not found");
  });
});
