/**
 * The rollout of a merged plan: read from the log and from the policy of now whenever somebody
 * asks. Nothing of it is kept, so nothing of it can be lost; a timer only makes somebody look.
 */
import type { AuthorisedEntry } from "../contract/audit-entry.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import type { Tree } from "../contract/control-repository.ts";
import type { History } from "../domain/history.ts";
import { rolloutSites } from "../domain/rollout-sites.ts";
import {
  nextMoment,
  readySites,
  type RolloutStand,
  standOf,
  type Turn,
  turnOf,
  turnsOf,
} from "../domain/rollout.ts";
import { siteFileOf } from "./control-files.ts";
import type { Fleet } from "./fleet.ts";
import { readPolicy } from "./review.ts";
import type { Job } from "./store-port.ts";

/** The policy in force and the files beside it; `null` where there is none that is valid. */
export interface PolicyOfNow {
  readonly config: FleetConfig;
  readonly tree: Tree;
}

export async function policyOfNow(fleet: Fleet): Promise<PolicyOfNow | null> {
  const { attested } = fleet.log.history;
  if (attested === null) return null;
  const { reading } = await readPolicy(fleet, attested);
  if (reading.kind !== "read") return null;
  return { config: reading.config, tree: await fleet.forge.controlTree(attested) };
}

/** How far the rollout of a merged plan is. */
export function rolloutOf(
  history: History,
  { config, tree }: PolicyOfNow,
  pr: number,
): RolloutStand {
  const { rollout } = config;
  const fileOf = (site: AuthorisedEntry["site"]) => siteFileOf(tree, site);
  const sites = rolloutSites(history, pr, { ...rollout, fileOf });
  return standOf(rollout, sites, history.resumed.get(pr) ?? null);
}

/** Whether it is this action's turn. A recovery or rollback has its turn at any time. */
export function turnIn(
  history: History,
  policy: PolicyOfNow,
  { entry, now }: { readonly entry: AuthorisedEntry; readonly now: number },
): Turn {
  if (entry.mode !== "apply") return { kind: "go" };
  return turnOf(rolloutOf(history, policy, entry.pr), entry.site, now);
}

export interface TurnsNow {
  readonly stand: RolloutStand;
  readonly turns: ReadonlyMap<string, Turn>;
}

/** Every site's turn in a merged plan; `null` where no policy is in force. */
export function turnsNow(fleet: Fleet, pr: number): Promise<TurnsNow | null> {
  return turnsAt(fleet, { history: fleet.log.history, pr, at: fleet.clock.now() });
}

/** The same as an earlier log had it, at an earlier time, by the policy of now. */
export async function turnsAt(
  fleet: Fleet,
  { history, pr, at }: { readonly history: History; readonly pr: number; readonly at: number },
): Promise<TurnsNow | null> {
  const policy = await policyOfNow(fleet);
  if (policy === null) return null;
  const stand = rolloutOf(history, policy, pr);
  return { stand, turns: turnsOf(stand, at) };
}

/** Whom an outcome, or the time, lets begin; and when to look at the plan again. */
export function rolloutJobs(fleet: Fleet, pr: number, { stand, turns }: TurnsNow): readonly Job[] {
  const now = fleet.clock.now();
  const jobs = readySites(stand, turns).map((key): Job => ({ kind: "deliver", key, runAt: now }));
  const next = nextMoment(turns);
  return next === null ? jobs : [...jobs, { kind: "report", key: String(pr), runAt: next }];
}
