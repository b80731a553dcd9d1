/** Looking at a world from outside: what GitHub, the audit branch, the disk and the page say. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { until } from "./until.ts";
import type { World } from "./world.ts";

export const plugin = "hello-countersign";

export function firstSite(world: World): World["sites"][number] {
  const [site] = world.sites;
  if (site === undefined) throw new Error("This world has no site.");
  return site;
}

export function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`Not as expected: ${what}.`);
}

export function settledChecks(world: World, pull: number) {
  return until(
    `#${pull} is reviewed`,
    async () => {
      const checks = await world.people.checks(pull);
      const open = await world.people.comments(pull);
      return (
        checks.size === 3 &&
        conclusion(checks, "rollback") === "success" &&
        open.length > 0 &&
        checks
      );
    },
    90,
  );
}

export function conclusion(
  checks: ReadonlyMap<string, { conclusion: string | null }>,
  name: string,
) {
  return checks.get(`countersign/${name}`)?.conclusion;
}

interface Line {
  readonly kind: string;
  readonly pr?: number;
  readonly sub?: string;
  readonly out?: string;
  readonly level?: string;
  readonly site?: string | null;
}

/** The log as the audit branch has it: every tile's lines. */
export async function auditLines(world: World): Promise<Line[]> {
  const text = await world.people.file("tiles/000/000.jsonl", "countersign/audit");
  return text
    .trimEnd()
    .split("\n")
    .map((line): Line => JSON.parse(line));
}

export function outcomeOf(world: World, pull: number): Promise<string> {
  return until(
    `the receipt of #${pull} is on record`,
    async () => {
      const lines = await auditLines(world);
      const sub = lines.find(({ kind, pr }) => kind === "authorised" && pr === pull)?.sub;
      return lines.find((line) => line.kind === "receipt" && line.sub === sub)?.out;
    },
    90,
  );
}

export async function levelOnRecord(world: World): Promise<string> {
  const { id } = firstSite(world);
  const levels = (await auditLines(world)).filter(
    ({ kind, site }) => kind === "level" && site === id,
  );
  return levels.at(-1)?.level ?? "normal";
}

export async function versionOnDisk(world: World): Promise<string | undefined> {
  const file = path.join(firstSite(world).dir, "wp-content", "plugins", plugin, `${plugin}.php`);
  return /Version: (\S+)/u.exec(await readFile(file, "utf8"))?.[1];
}

export async function expectLivePage(world: World, version: string): Promise<void> {
  const page = await fetch(`${firstSite(world).url}/`);
  const text = await page.text();
  const shown = text.includes(`<!-- ${plugin} ${version} -->`) ? version : text.slice(0, 300);
  expect(
    page.status === 200 && shown === version,
    `the live page runs ${version}, not ${page.status} ${shown}`,
  );
}

export async function deploymentState(world: World, environment: string): Promise<string> {
  return until("the deployment has ended", async () => {
    const [deployment] = await world.people.ask<{ id: number }[]>(
      "ada",
      "GET",
      `/deployments?environment=${environment}`,
    );
    if (deployment === undefined) return null;
    const [status] = await world.people.ask<{ state: string }[]>(
      "ada",
      "GET",
      `/deployments/${deployment.id}/statuses`,
    );
    return (
      status !== undefined && ["success", "failure", "error"].includes(status.state) && status.state
    );
  });
}
