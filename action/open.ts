/**
 * A fleet as one run knows it: the log from the audit branch, as a server that lost its database
 * takes it over, in memory. Nothing is carried from run to run, and no file is written.
 */
import { Octokit } from "@octokit/rest";
import { type FleetConfig, readFleetConfig } from "../src/contract/fleet-config.ts";
import { judgeRun } from "../src/domain/run-protection.ts";
import { CountersignError } from "../src/errors.ts";
import type { GitHubRepository } from "../src/github/client.ts";
import { openForge } from "../src/github/forge.ts";
import { readRunFacts } from "../src/github/run-protection.ts";
import { keySourceOf } from "../src/signing/key-source.ts";
import { openSqlite } from "../src/store/sqlite.ts";
import { openFeeds } from "../src/wordpress/feeds.ts";
import { openPackages } from "../src/wordpress/packages.ts";
import { connectSites } from "../src/wordpress/sites.ts";
import type { Fleet, ToldVerdict } from "../src/workflow/fleet.ts";
import { FleetLog } from "../src/workflow/fleet-log.ts";
import { anchorsOn } from "../src/workflow/generation.ts";
import type { Forge } from "../src/workflow/forge-port.ts";
import type { Queue } from "../src/workflow/queue-port.ts";
import type { Store } from "../src/workflow/store-port.ts";
import type { Inputs, Run } from "./inputs.ts";
import { refuseOpen, refuseOtherBranches } from "./refuse.ts";

export interface OpenFleet {
  readonly fleet: Fleet;
  readonly queue: Queue;
  /** The newest verdict on each proposal that was judged. */
  readonly verdicts: ReadonlyMap<number, ToldVerdict>;
  close(): Promise<void>;
}

/**
 * @throws CountersignError `run_refused`, `environment_open` or `branch_open` before anything is
 * signed, and the faults of the log and of GitHub
 */
export async function openFleet(run: Run, inputs: Inputs): Promise<OpenFleet> {
  const client = new Octokit({ auth: inputs.token, baseUrl: run.apiUrl, log: silent });
  const at = { client, owner: run.owner, repo: run.repo, appId: inputs.appId };
  const forge = openForge(at);
  const repository = await forge.repository();
  refuseOtherBranches(run, repository.defaultBranch);
  const clock = { now: () => Math.floor(Date.now() / 1000) };
  const { store, queue } = await openSqlite(":memory:", clock);
  const close = () => store.close();
  try {
    const repo = repository.id;
    const keys = keySourceOf(inputs.seed);
    const signerOf = (gen: number) => keys.logSigner({ cp: `cp:${repo}`, gen });
    const anchors = () => anchorsOn(forge, repository);
    const log = await FleetLog.open({ repo, store, branch: forge, signerOf, anchors, clock });
    await refuseUnprotected(at, { forge, log, defaultBranch: repository.defaultBranch });
    const verdicts = new Map<number, ToldVerdict>();
    const doors = {
      sites: connectSites(),
      packages: openPackages(),
      feeds: openFeeds({ env: process.env, folder: null, clock }),
      doorUrl: null,
    };
    const asked = { evidence: new Map(), touched: new Map(), noticed: new Map() };
    const memories = { ...asked, forged: new Map() };
    const fleet: Fleet = {
      repository,
      forge: reviewingOwn(forge, { store, repo, now: () => clock.now(), log }),
      log,
      store,
      keys,
      clock,
      ...doors,
      ...memories,
      answersInLog: true,
      forgetsJournal: true,
      noteVerdict: (told) => void verdicts.set(told.pull, told),
    };
    return { fleet, queue, verdicts, close };
  } catch (fault) {
    await close();
    throw fault;
  }
}

interface Guarded {
  readonly forge: Forge;
  readonly log: FleetLog;
  readonly defaultBranch: string;
}

/** By the policy in force, or by the one that is about to be taken as it stands. */
async function refuseUnprotected(
  at: GitHubRepository,
  { forge, log, defaultBranch }: Guarded,
): Promise<void> {
  const commit = log.history.attested ?? (await forge.branchTip(defaultBranch));
  const content = commit === null ? undefined : (await forge.controlTree(commit)).get(configFile);
  const facts = await readRunFacts(at, defaultBranch);
  refuseOpen(judgeRun(configOf(content), facts));
}

/** What is missing on GitHub is a fact like others: whoever asked for it says what it means. */
const silent = { debug() {}, info() {}, warn() {}, error() {} };

const configFile = "countersign.yml";

/** @throws CountersignError `run_refused`: without a policy nobody says whose the branch is */
function configOf(content: unknown): FleetConfig {
  const reading = typeof content === "string" ? readFleetConfig(content) : null;
  if (reading?.kind === "valid") return reading.config;
  throw new CountersignError("run_refused", `${configFile} is missing or has errors.`, {
    hint: "Bring a valid one to the default branch: docs/getting-started.md begins with it.",
  });
}

export interface Surroundings {
  readonly store: Pick<Store, "enqueue">;
  readonly log: Pick<FleetLog, "flush">;
  readonly repo: number;
  readonly now: () => number;
}

/**
 * What GitHub's own token opens or pushes starts no workflow: the run that did it reviews it. What
 * people are called to is on the branch first: a run that lost the race for it has seen nothing.
 */
export function reviewingOwn(forge: Forge, { store, log, repo, now }: Surroundings): Forge {
  return {
    ...forge,
    async openIssue(issue) {
      await log.flush();
      return forge.openIssue(issue);
    },
    async openPull(proposal) {
      await log.flush();
      const number = await forge.openPull(proposal);
      await store.enqueue(repo, { kind: "review", key: String(number), runAt: now() });
      return number;
    },
    async commitFiles(change) {
      const commit = await forge.commitFiles(change);
      if (commit !== null) await store.enqueue(repo, { kind: "review", key: commit, runAt: now() });
      return commit;
    },
  };
}
