/** `countersign audit verify` as a program, on clones of a real git repository. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newKeys } from "../../src/cli/init.ts";
import { Bytes32 } from "../../src/contract/ids.ts";
import { keySourceOf } from "../../src/signing/key-source.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import { FleetLog } from "../../src/workflow/fleet-log.ts";
import { digest, sha, site } from "../support/ids.ts";
import { MemoryBranch } from "../support/memory-branch.ts";

const run = promisify(execFile);
const main = path.resolve(import.meta.dirname, "../../src/cli/main.ts");
const repo = 4711;
const keys = newKeys(repo);
const at = "2026-11-24T20:00:00Z";

let folder: string;
let clone: string;
const git = (...args: string[]) =>
  run("git", ["-C", clone, "-c", "user.name=t", "-c", "user.email=t@example.org", ...args]);

async function commitOrphan(branch: string, files: ReadonlyMap<string, string>): Promise<void> {
  await git("checkout", "-q", "--orphan", branch);
  await git("rm", "-rqf", "--ignore-unmatch", ".");
  for (const [name, text] of files) {
    mkdirSync(path.dirname(path.join(clone, name)), { recursive: true });
    writeFileSync(path.join(clone, name), text);
  }
  await git("add", "-A");
  await git("commit", "-q", "-m", branch);
}

/** The log's files after each of two batches. */
async function makeLog() {
  const store = await openSqliteStore(":memory:");
  const branch = new MemoryBranch();
  const signer = await keySourceOf(keys.seed).logSigner({ cp: `cp:${repo}`, gen: 1 });
  const log = await FleetLog.open({
    repo,
    store,
    branch,
    signerOf: async () => signer,
    clock: { now: () => 1 },
  });
  const [anchor, recovery] = [Bytes32.parse(keys.logKey), Bytes32.parse(keys.recoveryKey)];
  const [commit, config] = [sha("c"), digest("config")];
  await log.append(() => ({
    entries: [
      { at, by: null, commit, config, kind: "fleet.bootstrapped", log: anchor, recovery, repo },
    ],
  }));
  await log.flush();
  const early = new Map(branch.files);
  await log.append(() => ({
    entries: [
      { at, by: 5, cause: "commanded", kind: "level", level: "hold", site: site("shop") },
      { at, by: 5, cause: "released", kind: "level", level: "normal", site: site("shop") },
    ],
  }));
  await log.flush();
  await store.close();
  return { early, late: new Map(branch.files) };
}

let files: Awaited<ReturnType<typeof makeLog>>;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-verify-"));
  clone = path.join(folder, "clone");
  mkdirSync(clone);
  files = await makeLog();
  await git("init", "-q", "-b", "main");
  const policy = `version: 1
log: { key: ${keys.logKey}, recovery: ${keys.recoveryKey} }
roles: { operators: { teams: [acme/ops] } }
gates: [{ name: all, require: [{ role: operators, count: 1 }] }]
`;
  await commitOrphan("main", new Map([["countersign.yml", policy]]));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function verify(...args: string[]) {
  const done = await run(process.execPath, [main, "audit", "verify", ...args]).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: "" }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  return { code: done.code, stdout: done.stdout, stderr: done.stderr };
}
async function verifyFiles(log: ReadonlyMap<string, string>, ...args: string[]) {
  await git("branch", "-q", "-D", "countersign/audit").catch(() => undefined);
  await commitOrphan("countersign/audit", log);
  await git("checkout", "-q", "main");
  return verify(clone, ...args);
}

describe("countersign audit verify", () => {
  it("says what it has verified, and what one clone cannot tell", async () => {
    const { code, stdout } = await verifyFiles(files.late);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^✓ 3 entries, all verified[^]*Freshness: unproved/u);
  });
  it("proves freshness against a checkpoint of the same head, as JSON too", async () => {
    const checkpoint = path.join(folder, "checkpoint");
    writeFileSync(checkpoint, files.late.get("checkpoint") ?? "");
    const { code, stdout } = await verifyFiles(files.late, "--against", checkpoint, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      entries: 3,
      freshness: "proved",
      bad: [],
    });
  });
  it("finds a log that was cut to an older head by a later checkpoint", async () => {
    const checkpoint = path.join(folder, "later");
    writeFileSync(checkpoint, files.late.get("checkpoint") ?? "");
    const { code, stdout } = await verifyFiles(files.early, "--against", checkpoint, "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout).bad).toMatchObject([{ code: "truncated" }]);
  });
  it("names the entry that was changed", async () => {
    const tile = files.late.get("tiles/000/000.jsonl") ?? "";
    const edited = new Map(files.late).set("tiles/000/000.jsonl", tile.replace('"by":5', '"by":6'));
    const { code, stdout } = await verifyFiles(edited);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ [^]*log: root: /u);
  });
  it("names the first entry that differs from a clone that was kept", async () => {
    await verifyFiles(files.late);
    const kept = path.join(folder, "kept");
    await run("git", ["clone", "-q", clone, kept]);
    const tile = files.late.get("tiles/000/000.jsonl") ?? "";
    const edited = new Map(files.late).set("tiles/000/000.jsonl", tile.replace('"by":5', '"by":6'));
    const { code, stdout } = await verifyFiles(edited, "--against", kept, "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout).bad).toContainEqual(expect.objectContaining({ index: 1 }));
  });
  it("ends with 3 where there is nothing to read, and says what to do", async () => {
    expect(await verify(folder)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("git clone"),
    });
    await git("branch", "-q", "-D", "countersign/audit");
    const missing = await verify(clone);
    expect(missing).toMatchObject({ code: 3, stderr: expect.stringContaining("git fetch") });
  });
  it("ends with 2 when it is called wrongly", async () => {
    expect((await verify()).code).toBe(2);
  });
});
