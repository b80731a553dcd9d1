/** `countersign audit show|bundle|export` on the clone of a fleet that has lived a little. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LogFaultCode } from "../../src/audit/faults.ts";
import { makeBundle, verifyBundle } from "../../src/audit/bundle.ts";
import { signCheckpoint } from "../../src/audit/checkpoint.ts";
import { rootAt, treeOf } from "../../src/audit/merkle.ts";
import { asDigest } from "../../src/signing/digest.ts";
import { auditBundle, checkBundle } from "../../src/cli/audit-bundle.ts";
import { aboutOf, auditShow, describeStory } from "../../src/cli/audit-show.ts";
import { asCsv, asJsonLines, auditExport } from "../../src/cli/audit-export.ts";
import { AuditEntry } from "../../src/contract/audit-entry.ts";
import type { LogBundle } from "../../src/contract/log-bundle.ts";
import { cloneOf } from "../support/audit-clone.ts";
import { keys, World } from "../support/fleet-world.ts";

const run = promisify(execFile);
const main = path.resolve(import.meta.dirname, "../../src/cli/main.ts");
let folder: string;
let clone: string;
let world: World;
let merge: string;

/** Two sites; #7 goes well on both, #8 rolls back on the shop. */
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-audit-"));
  clone = path.join(folder, "clone");
  world = await World.open({ sites: ["shop", "blog"] });
  await world.bring(7, { shop: "1.1", blog: "1.1" });
  merge = world.forge.pulls.get(7)!.mergeCommit!;
  for (const site of ["shop", "blog"]) await world.run(site);
  await world.bring(8, { shop: "1.2", blog: "1.1" });
  world.sites.get("shop")!.ends.push("rolls_back");
  await world.run("shop");
  await world.report(8);
  cloneOf(world, clone);
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

async function countersign(...args: string[]) {
  const done = await run(process.execPath, [main, "audit", ...args]).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: "" }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  return { code: done.code, stdout: done.stdout, stderr: done.stderr };
}
const told = async (what: string) => {
  const { entries } = await auditShow(clone, what);
  return entries.map(({ entry }) => entry.kind);
};

describe("countersign audit show", () => {
  it("tells of a proposal what happened, who approved it and what ran", async () => {
    const { code, stdout } = await countersign("show", "7", "--clone", clone);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^The log verifies: \d+ entries, root sha256:/u);
    expect(stdout).toMatch(/#7: plan \w{12} passed: approved by person 11 \(review \d+\)/u);
    expect(stdout).toMatch(/#7: \w{12} on the default branch is authorised: .*by person 10/u);
    expect(stdout).toMatch(/#7: shop may apply plan \w{12}, as (\w{26})\n[^]*\1: sent to shop\n/u);
    expect(stdout).toMatch(/: shop ran it: applied, receipt \w{12}/u);
    expect(stdout).not.toContain("#8");
  });
  it("tells of a site its actions, pairing, levels and incidents, and of no other site's", async () => {
    const story = await auditShow(clone, "shop");
    const text = describeStory(story);
    expect(text).toMatch(/shop was paired with key/u);
    expect(text).toMatch(/shop went to HOLD: rolled_back, by Countersign/u);
    expect(text).toMatch(/incident #\d+: contained, rolled_back/u);
    expect(text).not.toContain("blog");
  });
  it("tells of a commit what it stands for, by its first digits, as of its proposal", async () => {
    expect(await told(merge.slice(0, 7))).toEqual(await told("7"));
    expect(await told(world.forge.pulls.get(8)!.head)).toEqual(await told("#8"));
  });
  it("prints one JSON object with the entries as they stand in the log", async () => {
    const { stdout } = await countersign("show", "#8", "--clone", clone, "--json");
    const story = JSON.parse(stdout);
    expect(story.about).toEqual({ kind: "pr", pr: 8 });
    for (const { index, entry } of story.entries)
      expect(entry).toEqual(world.fleet.log.entries[index]);
  });
  it("says of a log that does not verify that nothing in it is worth much", async () => {
    const broken = path.join(folder, "broken");
    const tile = world.forge.files.get("tiles/000/000.jsonl")!;
    const edited = tile.replace('"out":"applied"', '"out":"rolled_back"');
    cloneOf(world, broken, new Map(world.forge.files).set("tiles/000/000.jsonl", edited));
    const { code, stdout } = await countersign("show", "7", "--clone", broken);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^THE LOG DOES NOT VERIFY/u);
    const bundled = await countersign(
      "bundle",
      "7",
      "--clone",
      broken,
      "-o",
      path.join(folder, "no"),
    );
    expect(bundled).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("it proves nothing"),
    });
  });
  it.each([
    ["7", { kind: "pr", pr: 7 }],
    ["#1234567", { kind: "pr", pr: 1234567 }],
    ["1234567", { kind: "commit", commit: "1234567" }],
    ["shop", { kind: "site", site: "shop" }],
    ["site:1234567", { kind: "site", site: "1234567" }],
  ])("takes %s for %o", (what, about) => {
    expect(aboutOf(what)).toEqual(about);
  });
  it.each(["99", "nobody", "not a site", "#0x1"])("ends with 2 for %s", async (what) => {
    expect(await countersign("show", what, "--clone", clone)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("pull request"),
    });
  });
});

describe("countersign audit bundle", () => {
  const file = () => path.join(folder, "bundle.json");
  const read = () => JSON.parse(readFileSync(file(), "utf8")) as LogBundle;
  beforeAll(async () => {
    const { stdout } = await countersign("bundle", "7", "--clone", clone, "-o", file());
    expect(stdout).toMatch(/^\d+ entries with their proofs/u);
  }, 30_000);

  it("writes one file that verifies without a clone, and says whose key it is", async () => {
    const { log } = world.entries("fleet.bootstrapped")[0]!;
    const alone = await countersign("verify", "--bundle", file());
    expect(alone).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^✓ [^]*Key: unproved/u),
    });
    const { stdout } = await countersign("verify", "--bundle", file(), "--key", log, "--json");
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, anchor: "proved", bad: [] });
    const texts = Object.values(read().texts);
    expect(texts.some((text) => text.includes("plugins/hello"))).toBe(true);
  });
  it.each<[string, LogFaultCode, (bundle: LogBundle) => unknown]>([
    [
      "an entry was edited",
      "bundle_proof",
      (b) => (b.entries[2]!.line = b.entries[2]!.line.replace("Z", "z")),
    ],
    ["an entry has another place", "bundle_proof", (b) => (b.entries[3]!.index += 1)],
    [
      "two entries were swapped",
      "bundle_order",
      (b) => b.entries.splice(2, 2, b.entries[3]!, b.entries[2]!),
    ],
    ["its bootstrap is missing", "not_bootstrapped", (b) => b.entries.shift()],
    ["a pairing is missing", "not_paired", (b) => drop(b, "pairing")],
    ["an authorisation is missing", "not_authorised", (b) => drop(b, "authorised")],
    [
      "a receipt has no path",
      "witness",
      (b) => b.entries.forEach((e) => delete (e as { consistency?: unknown }).consistency),
    ],
    [
      "a receipt's path is empty",
      "witness",
      (b) => b.entries.forEach((e) => "consistency" in e && (e.consistency = [])),
    ],
    [
      "a plan says something else",
      "bundle_text",
      (b) => Object.keys(b.texts).forEach((key) => (b.texts[key as never] = "{}" as never)),
    ],
    [
      "the head is another one's",
      "checkpoint",
      (b) => (b.checkpoint = b.checkpoint.replace(/\d+\n/u, "9\n")),
    ],
    ["it is of another repository", "checkpoint", (b) => (b.repo = 12 as never)],
  ])("is found wrong where %s", async (_name, code, change) => {
    const bundle = read();
    change(bundle);
    const changed = path.join(folder, "changed.json");
    writeFileSync(changed, JSON.stringify(bundle));
    const { ok, bad } = await checkBundle(changed, undefined);
    expect(ok).toBe(false);
    expect(bad.map((one) => one.code)).toContain(code);
  });
  it("is the same whoever asks, and holds what its receipts stand on", async () => {
    const [bundle, ofSite] = [await auditBundle(clone, "8"), await auditBundle(clone, "blog")];
    expect(await auditBundle(clone, "#8")).toEqual(bundle);
    const kinds = ({ entries }: LogBundle) =>
      entries.map(({ line }) => /"kind":"([a-z.]+)"/u.exec(line)?.[1]);
    expect(kinds(bundle)).toEqual(
      expect.arrayContaining(["fleet.bootstrapped", "pairing", "authorised", "sent", "receipt"]),
    );
    expect(kinds(ofSite).filter((kind) => kind === "pairing")).toHaveLength(1);
    for (const { consistency, line } of bundle.entries) {
      expect(consistency !== undefined).toBe(line.includes('"kind":"receipt"'));
    }
    expect(verifyBundle(bundle, bundle.log)).toMatchObject({ ok: true, bad: [] });
  });
  it("proves no receipt of a site that was not paired", async () => {
    const { entries } = await auditBundle(clone, "8");
    const lines = entries.map(({ line }) => line).filter((line) => !line.includes('"pairing"'));
    const parsed = lines.map((line) => AuditEntry.parse(JSON.parse(line)));
    const tree = treeOf(lines);
    const { log } = world.entries("fleet.bootstrapped")[0]!;
    const head = { size: lines.length, root: asDigest(rootAt(tree, lines.length)) };
    const signer = await keys.logSigner({ cp: `cp:${world.repo}`, gen: 1 });
    const checkpoint = await signCheckpoint(world.repo, head, signer);
    const indices = [...lines.keys()];
    const facts = { repo: world.repo, log, checkpoint, lines, entries: parsed, indices };
    const { bad } = verifyBundle(makeBundle({ ...facts, texts: new Map() }), log);
    expect(bad.map(({ code }) => code)).toContain("not_paired");
  });
  it("is found wrong where an entry of the log is none", async () => {
    const bundle = await auditBundle(clone, "8");
    const lines = ["{}"];
    const tree = treeOf(lines);
    const head = { size: 1, root: asDigest(rootAt(tree, 1)) };
    const signer = await keys.logSigner({ cp: `cp:${world.repo}`, gen: 1 });
    const checkpoint = await signCheckpoint(world.repo, head, signer);
    const entries = [{ index: 0, inclusion: [], line: "{}" }];
    const { bad } = verifyBundle({ ...bundle, checkpoint, entries }, null);
    expect(bad.map(({ code }) => code)).toContain("not_an_entry");
  });
  it("is found to be of another fleet by the key that the reader names", async () => {
    const report = await checkBundle(file(), "A".repeat(43));
    expect(report).toMatchObject({ ok: false, anchor: "proved", bad: [{ code: "bundle_key" }] });
  });
  it("names bad input: no bundle, no key, nothing to bundle, both or neither to verify", async () => {
    writeFileSync(path.join(folder, "text"), "{");
    await expect(checkBundle(path.join(folder, "text"), undefined)).rejects.toThrow(/no bundle/u);
    await expect(checkBundle(file(), "short")).rejects.toThrow(/no key/u);
    expect((await countersign("bundle", "99", "--clone", clone, "-o", file())).code).toBe(2);
    expect((await countersign("verify", clone, "--bundle", file())).code).toBe(2);
    expect((await countersign("verify")).code).toBe(2);
  });
});

function drop(bundle: LogBundle, kind: string): void {
  const at = bundle.entries.findIndex(({ line }) => line.includes(`"kind":"${kind}"`));
  bundle.entries.splice(at, 1);
}

describe("countersign audit export", () => {
  it("gives every entry as JSON lines, or those of a span", async () => {
    const all = asJsonLines(await auditExport(clone, {}));
    expect(all).toHaveLength(world.fleet.log.size);
    const [first] = world.entries("verdict");
    const from = first!.at;
    const later = await auditExport(clone, { from });
    expect(later.entries.map(({ entry }) => entry.at >= from)).not.toContain(false);
    const before = await auditExport(clone, { to: from });
    expect(before.entries.length + later.entries.length).toBe(all.length);
    expect((await auditExport(clone, { to: "2026-11-24" })).entries).toEqual([]);
  });
  it("gives a table that a spreadsheet opens, with who approved and what came of it", async () => {
    const lines = asCsv(await auditExport(clone, {}));
    expect(lines[0]).toBe("index,at,kind,pr,site,sub,result,by,commit,digest");
    expect(lines).toHaveLength(world.fleet.log.size + 1);
    expect(lines.find((line) => line.includes(",verdict,"))).toMatch(
      /,verdict,7,,,passed,11,\w{40},sha256:/u,
    );
    expect(lines.find((line) => line.includes(",receipt,"))).toMatch(
      /,,shop,\w{26},applied,,,sha256:/u,
    );
    expect(lines.every((line) => line.split(",").length === 10)).toBe(true);
  });
  it("ends with 2 for what is no time, and with 3 where there is no log", async () => {
    expect((await countersign("export", "--from", "yesterday", "--clone", clone)).code).toBe(2);
    expect((await countersign("export", "--clone", folder)).code).toBe(3);
  });
});
