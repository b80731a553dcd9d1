/**
 * What must planned steps wait for: freezes, levels, and sites that another proposal has to finish?
 *
 * Control changes, adoption, pairing and removal have no steps and wait for none of it. A recovery
 * of a site never waits there; a proposal that settles an unattested range waits for no freeze and
 * no level.
 */
import type { Level } from "../contract/audit-entry.ts";
import type { ChangeFacts } from "../contract/facts-range.ts";
import type { Facts } from "../contract/facts.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import { effectiveLevel } from "./containment.ts";
import { freezesOf } from "./freeze.ts";
import { ownValue } from "./own-value.ts";
import { isStep } from "./planned.ts";

export interface PolicyWait {
  readonly reason: "freeze" | "hold" | "contained" | "level_unread" | "site_unfinished";
  readonly site: string | null;
  /** The freeze's name or the proposal that has to finish; `null` where there is nothing to name. */
  readonly evidence: string | null;
}

type WaitFacts = Pick<Facts, "now" | "plan" | "branch" | "levels" | "unfinished" | "proposal">;

export function waitsOf(
  config: FleetConfig,
  facts: WaitFacts,
  changes: readonly ChangeFacts[],
): PolicyWait[] {
  const waiting = changes.filter((change) => isStep(change) && !isRecovered(facts, change.site));
  const waits = waiting.flatMap((change) => [
    ...(settlesRange(facts) ? [] : frozen(config, facts, change)),
    ...(settlesRange(facts) ? [] : leveled(facts, change.site)),
    ...unfinished(facts, change.site),
  ]);
  return [...new Map(waits.map((wait) => [JSON.stringify(wait), wait])).values()];
}

/** Whether the plan is a recovery of this site. */
export function isRecovered(facts: Pick<Facts, "plan">, site: string | null): boolean {
  return site !== null && (facts.plan?.recovers ?? []).includes(site);
}

/** Whether merging the proposal would settle unattested ranges: its plan shows all of them. */
export function settlesRange({ branch }: Pick<Facts, "branch">): boolean {
  return (branch?.unattested ?? []).length > 0;
}

/** The level that holds for a site; `null` where it could not be read. */
export function levelOfSite(levels: Facts["levels"], site: string | null): Level | null {
  if (levels === null) return null;
  if (site === null) return levels.fleet;
  if (levels.sites === null) return effectiveLevel(null, levels.fleet);
  const own = ownValue(levels.sites, site);
  return effectiveLevel(own === undefined ? "normal" : own, levels.fleet);
}

function frozen(config: FleetConfig, { now }: WaitFacts, change: ChangeFacts): PolicyWait[] {
  return freezesOf(config, change, now).map((name) => ({
    reason: "freeze",
    site: change.site,
    evidence: name,
  }));
}

function leveled(facts: WaitFacts, site: string | null): PolicyWait[] {
  const level = levelOfSite(facts.levels, site);
  if (level === "normal") return [];
  return [{ reason: level ?? "level_unread", site, evidence: null }];
}

/** The proposal that has to finish there does not wait for itself. */
export function unfinished(
  facts: Pick<Facts, "unfinished" | "proposal">,
  site: string | null,
): PolicyWait[] {
  const finisher = site === null ? undefined : finisherOf(facts.unfinished, site);
  if (finisher === undefined || finisher === facts.proposal?.number) return [];
  const evidence = finisher === null ? null : String(finisher);
  return [{ reason: "site_unfinished", site, evidence }];
}

/** `null`: there may be one, it could not be read. */
function finisherOf(all: Facts["unfinished"], site: string): number | null | undefined {
  return all === null ? null : ownValue(all, site);
}
