/** `countersign status`, `drift` and `incident show` on a clone of a fleet that is not well. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalText } from "../../src/signing/canonical.ts";
import { greet } from "../../src/workflow/hello.ts";
import { report } from "../../src/workflow/report.ts";
import { sweep } from "../../src/workflow/sweep.ts";
import { cloneOf } from "../support/audit-clone.ts";
import { World } from "../support/fleet-world.ts";
import { site as siteId } from "../support/ids.ts";
import { Beating } from "../support/simulated-beats.ts";

const run = promisify(execFile);
const main = path.resolve(import.meta.dirname, "../../src/cli/main.ts");
let folder: string;
let clone: string;
let issue: number;

const inventory = (name: string, version: string) =>
  canonicalText({
    version: 1,
    home: `https://${name}.example`,
    core: { version: "6.8" },
    plugins: [
      { file: "hello/hello.php", slug: "hello", state: "active", version },
      { file: "own/own.php", slug: "own", state: "active", version: "3" },
    ],
    themes: [],
  });

/** The shop rolled back, the blog drifts and is held by a person, the news are silent. */
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-status-"));
  clone = path.join(folder, "clone");
  const world = await World.open({ sites: ["shop", "blog", "news"] });
  await world.bring(7, { shop: "1.1", blog: "1.0", news: "1.0" });
  world.sites.get("shop")!.faults.push("rolls_back");
  await world.run("shop");
  await world.report(7);
  issue = [...world.forge.issues.keys()][0]!;
  const [blog, news] = [new Beating(world, "blog"), new Beating(world, "news")];
  await news.beat({ inventory: inventory("news", "1.0") });
  world.wait(3600);
  world.sites.get("news")!.faults.push(...Array(9).fill("unreachable"));
  await greet(world.fleet, siteId("news"));
  await blog.beat({ inventory: inventory("blog", "1.2") });
  await world.say(99, "olivia", "/countersign hold blog looks odd");
  await report(world.fleet, "drift");
  for (let turn = 0; turn < 2; turn += 1) await sweep(world.fleet);
  expect(world.entries("silence")).toHaveLength(1);
  cloneOf(world, clone);
  await world.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function countersign(...args: string[]) {
  const done = await run(process.execPath, [main, ...args, "--clone", clone]).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: "" }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  return { code: done.code, stdout: done.stdout, stderr: done.stderr };
}

describe("countersign status", () => {
  it("tells of every site what holds it, what it drifts by, and since when it is silent", async () => {
    const { code, stdout } = await countersign("status");
    expect(code).toBe(0);
    const lines = stdout.trim().split("\n");
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^shop: HOLD \(rolled_back\); #7 has to be finished; last: #7 rolled_back/u,
      ),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^blog: HOLD \(commanded\); drifts in 1; nothing ran yet/u),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^news: NORMAL; silent since 2026-11-24T1[0-9:]+Z; nothing ran yet/u),
    );
    expect(lines).toContainEqual(`Incident #${issue}: rolled_back, contained, shop`);
    expect(lines).toContain("Fleet: NORMAL");
  });
  it("tells the same as JSON, of one site alone where one is named", async () => {
    const { stdout } = await countersign("status", "blog", "--json");
    const { sites } = JSON.parse(stdout);
    expect(sites).toMatchObject([
      { site: "blog", level: "hold", drift: { count: 1, unmanaged: 1 }, silentSince: null },
    ]);
    const all = JSON.parse((await countersign("status", "--json")).stdout);
    expect(all.incidents).toMatchObject([{ issue, phase: "contained", sites: ["shop"] }]);
  });
  it("refuses a site that is none, with what to do", async () => {
    const { code, stderr } = await countersign("status", "shpo");
    expect(code).toBe(2);
    expect(stderr).toContain("`countersign status` lists all");
  });
});

describe("countersign drift", () => {
  it("names each difference, that its site is held, and what nobody manages", async () => {
    const { code, stdout } = await countersign("drift");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^blog: 1 since 2026-11-24T[0-9:]+Z, at HOLD$/mu);
    expect(stdout).toContain("  plugins/hello: 1.2 active, wanted 1.0 active");
    expect(stdout).toContain("blog: 1 not managed: plugins/own");
    expect(stdout).toContain("news: 1 not managed: plugins/own");
  });
  it("tells the same as JSON", async () => {
    const { sites } = JSON.parse((await countersign("drift", "--json")).stdout);
    expect(sites).toMatchObject([
      { site: "blog", level: "hold", count: 1, others: ["plugins/own"] },
      { site: "news", level: "normal", count: 0, unmanaged: 1 },
    ]);
  });
});

describe("countersign incident show", () => {
  it("tells everything that the log says about one, and how to check it", async () => {
    const { code, stdout } = await countersign("incident", "show", String(issue));
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Incident #${issue}: rolled_back, contained`, "u"));
    for (const kind of ["authorised", "sent", "receipt", "level", "incident"]) {
      expect(stdout).toContain(`"kind":"${kind}"`);
    }
    expect(stdout).toContain("countersign audit verify");
  });
  it.each([
    ["9999", 2],
    ["none", 2],
  ])("refuses %s, which is none", async (number, code) => {
    expect(await countersign("incident", "show", number)).toMatchObject({ code });
  });
});
