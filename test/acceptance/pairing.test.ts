/**
 * A pairing as people do it: the command line as a program, the screen of a real WordPress, the
 * proposal on GitHub, its merge. The site is paired already, so this is its second epoch.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditLines } from "../../sandbox/look.ts";
import { readingTime, until } from "../../sandbox/until.ts";
import { startWorld, type World } from "../../sandbox/world.ts";
import { readPairingString, writePairingString } from "../../src/signing/pairing-text.ts";
import { Screen } from "../support/connector-pairing.ts";
import { startSites } from "../support/world-sites.ts";

const run = promisify(execFile);
const main = path.resolve(import.meta.dirname, "../../src/cli/main.ts");

let world: World;
let folder: string;
let issue: number;
beforeAll(async () => {
  world = await startWorld({ startSites });
  folder = mkdtempSync(path.join(tmpdir(), "countersign-pair-"));
  await run("git", ["clone", "-q", world.github.gitUrl, folder]);
  const opened = await world.people.ask<{ number: number }>("sam", "POST", "/issues", {
    title: "Control",
  });
  issue = opened.number;
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await world?.close();
});

/** Runs the program as a person. */
async function pairAs(who: "sam" | "olivia", ...more: string[]) {
  const { github } = world;
  const where = ["--repository", `${github.owner}/${github.repo}`, "--issue", String(issue)];
  const { token } = github.people[who];
  const env = { ...process.env, GH_TOKEN: token, GITHUB_API_URL: github.apiUrl };
  const args = [main, "pair", ...more, ...where, "--clone", folder];
  try {
    const { stdout } = await run(process.execPath, args, { env });
    return { code: 0, stdout, stderr: "" };
  } catch (error) {
    const failed = error as { code: number; stdout: string; stderr: string };
    return { code: failed.code, stdout: failed.stdout, stderr: failed.stderr };
  }
}
const stringIn = (stdout: string) => /^[A-Za-z0-9_-]{300,}$/mu.exec(stdout)?.[0] ?? "";
const proposal = async () =>
  (
    await world.people.ask<{ number: number; head: { ref: string } }[]>("ada", "GET", "/pulls")
  ).find(({ head }) => head.ref.startsWith("countersign/pairing-"))?.number;

describe("countersign pair", () => {
  it("opens nothing for whoever lacks the right, or for a site that is none", async () => {
    const refused = await pairAs("olivia", "shop");
    expect([refused.code, stringIn(refused.stdout)]).toEqual([4, ""]);
    const unknown = await pairAs("sam", "nowhere");
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("missing")]);
  });

  it("prints one string that pairs the site once, over its screen, up to the merge", async () => {
    const { people, sites } = world;
    const [site] = sites;
    if (site === undefined) throw new Error("there is no site");
    const opened = await pairAs("sam", "shop");
    expect([opened.code, opened.stdout]).toEqual([0, expect.stringContaining("minutes")]);
    const string = stringIn(opened.stdout);
    const given = readPairingString(string);
    expect(given).toMatchObject({ epoch: 2, home: site.url, url: world.app.url });

    const screen = await Screen.logIn(site);
    await screen.paste(string);
    const page = await screen.read();
    const [, six = ""] = /<code[^>]*>([a-z]+(?: [a-z]+){5})<\/code>/u.exec(page) ?? [];
    expect(six).not.toBe("");
    const pull = await until("the proposal is open", proposal);
    await until("it shows the same six words", async () =>
      (await people.comments(pull)).some((text) => text.includes(six)),
    );
    if (given === null) throw new Error("no string");
    await screen.paste(writePairingString({ ...given, epoch: 3 }));
    expect(await screen.read()).toContain("did not accept this string");

    await until("it is planned", async () => {
      const isShown = (await people.comments(pull)).some((one) => one.includes("countersign:plan"));
      return isShown && (await people.checks(pull)).size === 3;
    });
    await readingTime();
    for (const who of ["olivia", "sam"] as const) await people.approve(who, pull);
    const approvals = async () => (await people.checks(pull)).get("countersign/approvals");
    expect((await approvals())?.conclusion).not.toBe("success");
    await people.approve("sven", pull);
    await until("others have approved", async () => (await approvals())?.conclusion === "success");
    expect((await people.merge("ada", pull)).status).toBe(200);
    await until("the site is live under the new epoch", async () => {
      const status = await site.cli(["countersign", "status"]);
      return /^epoch +2$/mu.test(status.stdout);
    });
    const kinds = (await auditLines(world)).map(({ kind }) => kind);
    const once = ["pairing.opened", "pairing.received", "pairing.proved", "pairing"];
    expect(kinds.filter((kind) => kind.startsWith("pairing"))).toEqual([...once, ...once]);
  }, 240_000);
});
