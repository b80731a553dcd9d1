/**
 * The demo's story: one change travels the whole way, a bad one comes back by itself, and people
 * finish it. Each step checks what it claims and throws where the world is not as expected; the
 * acceptance test runs the same steps.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { lockPath, lockText } from "./control-repository.ts";
import {
  conclusion,
  deploymentState,
  expect,
  expectLivePage,
  firstSite,
  levelOnRecord,
  outcomeOf,
  plugin,
  settledChecks,
  versionOnDisk,
} from "./look.ts";
import { readingTime, until } from "./until.ts";
import type { World } from "./world.ts";

const run = promisify(execFile);
const checkNames = ["countersign/approvals", "countersign/policy", "countersign/rollback"];

export interface Step {
  readonly name: string;
  readonly title: string;
  /** @returns what a person wants to know of it */
  run(world: World): Promise<string>;
}

/** What later steps need to know of earlier ones. */
interface Memory {
  good: number;
  bad: number;
  revert: number;
  incident: number;
}

export function story(): readonly Step[] {
  const memory: Memory = { good: 0, bad: 0, revert: 0, incident: 0 };
  return [
    {
      name: "propose",
      title: `the agent proposes ${plugin} 1.0 → 1.1; three checks and one comment with the plan appear`,
      run: (world) => propose(world, memory),
    },
    {
      name: "refuse",
      title: "merging early is refused, the agent's own approval does not count",
      run: (world) => refuse(world, memory),
    },
    {
      name: "approve",
      title: "an operator approves, the checks turn green, the proposal is merged",
      run: (world) => approve(world, memory.good),
    },
    {
      name: "apply",
      title: "WordPress really runs 1.1, with a signed receipt and a successful deployment",
      run: (world) => apply(world, memory),
    },
    {
      name: "audit",
      title: "a clone of the audit branch verifies offline",
      run: verifyAudit,
    },
    {
      name: "roll-back",
      title: "1.2 is fatal: the site rolls it back by itself, an incident and a revert are open",
      run: (world) => rollBack(world, memory),
    },
    {
      name: "recover",
      title: "the revert is approved and merged: the site is at rest again",
      run: (world) => recover(world, memory),
    },
  ];
}

/** A proposal that brings one site to a version, with the lock of its package. */
export function proposeVersion(
  world: World,
  { version, from }: { readonly version: string; readonly from: string },
): Promise<number> {
  const site = firstSite(world);
  const lock = world.packages.find(plugin, version);
  return world.people.file(`sites/${site.id}.yml`).then((text) =>
    world.people.propose("update-agent", {
      branch: `update-${plugin}-${version}`,
      files: {
        [`sites/${site.id}.yml`]: text.replace(`version: "${from}"`, `version: "${version}"`),
        [lockPath(lock)]: lockText(lock),
      },
      message: `Update ${plugin} to ${version}`,
      title: `Update ${plugin} to ${version}`,
    }),
  );
}

async function propose(world: World, memory: Memory): Promise<string> {
  memory.good = await proposeVersion(world, { from: "1.0", version: "1.1" });
  const checks = await settledChecks(world, memory.good);
  expect([...checks.keys()].toSorted().join() === checkNames.join(), "three checks");
  expect(conclusion(checks, "policy") === "success", "the policy check passes");
  expect(conclusion(checks, "rollback") === "success", "the site is ready to take it back");
  expect(conclusion(checks, "approvals") === "action_required", "approvals are missing");
  const comments = await until("the plan is shown", async () => {
    const found = await world.people.comments(memory.good);
    return found.length === 1 && found;
  });
  expect(comments[0]?.includes("`1.0`\u00a0→\u00a0`1.1`") === true, "the comment shows the step");
  return `#${memory.good}: ${checks.get("countersign/approvals")?.title}`;
}

async function refuse(world: World, { good }: Memory): Promise<string> {
  const early = await world.people.merge("olivia", good);
  expect(early.status === 405, `GitHub refuses the merge (${early.status})`);
  await readingTime();
  const own = await world.people.approve("update-agent", good);
  expect(own.status === 422, `GitHub refuses the agent's approval (${own.status})`);
  const other = await world.people.approve("mallory", good);
  expect(other.status < 300, `somebody without a role may try (${other.status} ${other.message})`);
  const check = await until("the check says who does not count", async () => {
    const found = (await world.people.checks(good)).get("countersign/approvals");
    return found?.summary.includes("`mallory` does not count") && found;
  });
  expect(check.conclusion === "action_required", "the gate stays closed");
  const why = check.summary.split("\n").find((line) => line.includes("`update-agent`")) ?? "";
  expect(
    why.includes("agents may propose, and never count"),
    "the check says why the agent does not",
  );
  return why.replace(/^- /u, "").replaceAll("`", "");
}

async function approve(world: World, pull: number): Promise<string> {
  await readingTime();
  await world.people.approve("olivia", pull);
  await until("the checks turn green", async () => {
    const checks = [...(await world.people.checks(pull)).values()];
    return checks.length === 3 && checks.every((check) => check.conclusion === "success");
  });
  const merged = await world.people.merge("olivia", pull);
  expect(merged.status === 200, `the merge succeeds (${merged.message})`);
  return `#${pull} approved and merged by olivia`;
}

async function apply(world: World, { good }: Memory): Promise<string> {
  const site = firstSite(world);
  const receipt = await outcomeOf(world, good);
  expect(receipt === "applied", `the receipt says applied, not ${receipt}`);
  expect((await versionOnDisk(world)) === "1.1", "1.1 is on disk");
  await expectLivePage(world, "1.1");
  const state = await deploymentState(world, site.id);
  expect(state === "success", `the deployment succeeded, not ${state}`);
  return `${site.url} runs ${plugin} 1.1; deployment ${state}`;
}

async function verifyAudit(world: World): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "countersign-clone-"));
  try {
    await run("git", ["clone", "--quiet", world.github.gitUrl, folder]);
    const cli = path.resolve(import.meta.dirname, "..", "src", "cli", "main.ts");
    const args = [cli, "audit", "verify", folder, "--json"];
    const { stdout } = await run(process.execPath, args);
    const report: { ok: boolean; entries: number; bad: unknown[] } = JSON.parse(stdout);
    expect(report.ok && report.entries > 5, `the log verifies: ${stdout}`);
    return `${report.entries} entries verified offline`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function rollBack(world: World, memory: Memory): Promise<string> {
  const { people } = world;
  memory.bad = await proposeVersion(world, { from: "1.1", version: "1.2" });
  await settledChecks(world, memory.bad);
  await approve(world, memory.bad);
  const receipt = await outcomeOf(world, memory.bad);
  expect(receipt === "rolled_back", `the receipt says rolled_back, not ${receipt}`);
  expect((await versionOnDisk(world)) === "1.1", "1.1 is on disk again");
  await expectLivePage(world, "1.1");
  const issues = await until("an incident is open", async () => {
    const open = await people.ask<{ number: number; title: string; pull_request?: object }[]>(
      "ada",
      "GET",
      "/issues?labels=countersign-incident&state=open",
    );
    return open.length > 0 && open;
  });
  memory.incident = issues[0]?.number ?? 0;
  const pulls = await people.ask<{ number: number; title: string }[]>(
    "ada",
    "GET",
    "/pulls?state=open",
  );
  memory.revert = pulls.find(({ title }) => title.startsWith("Revert"))?.number ?? 0;
  expect(memory.revert > 0, "a revert is open");
  expect((await levelOnRecord(world)) === "hold", "the site is on HOLD");
  return `rolled back by the site; incident #${memory.incident}, revert #${memory.revert}, HOLD`;
}

async function recover(world: World, memory: Memory): Promise<string> {
  await settledChecks(world, memory.revert);
  await approve(world, memory.revert);
  const receipt = await outcomeOf(world, memory.revert);
  expect(receipt === "already_applied", `the receipt says already_applied, not ${receipt}`);
  expect((await levelOnRecord(world)) === "normal", "the HOLD is over");
  await until("the incident is closed", async () => {
    const issue = await world.people.ask<{ state: string }>(
      "ada",
      "GET",
      `/issues/${memory.incident}`,
    );
    return issue.state === "closed";
  });
  const text = await world.people.file(`sites/${firstSite(world).id}.yml`);
  expect(text.includes('version: "1.1"'), "the branch says what the site runs");
  return "already there; HOLD released, incident closed, the site is at rest";
}
