/**
 * Which rules did people override for this plan?
 *
 * Only a `soft` rule can be overridden, by the right `override`, with a reason, for one plan
 * digest, and before the merge. Whoever overrides must count as a reviewer of the plan would.
 */
import type { Facts } from "../contract/facts.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import { agreed } from "./agreed.ts";
import { rulesOf } from "./policy-builtin.ts";
import { changesOf, isStep } from "./planned.ts";
import { standingOf } from "./standing.ts";

export interface OverriddenRule {
  readonly rule: string;
  readonly by: readonly number[];
}

export function overriddenRules(config: FleetConfig, facts: Facts): OverriddenRule[] {
  const right = config.rights.override;
  if (right === undefined || facts.overrides === null || facts.overrides.length === 0) return [];
  const standing = standingOf(config, facts);
  const changes = changesOf(facts);
  const ownersStandIn = changes !== null && !changes.some(isStep);
  const soft = new Set(
    rulesOf(config).flatMap(({ id, enforcement }) => (enforcement === "soft" ? [id] : [])),
  );
  const words = facts.overrides
    .filter(({ rule }) => soft.has(rule))
    .map((override) => ({ ...override, about: override.rule }));
  return agreed(words, {
    digest: facts.plan?.digest ?? null,
    now: facts.now,
    mergedAt: facts.merge === null ? null : (facts.merge.at ?? Number.NaN),
    standing,
    bench: standing.bench(right.role, { ownersStandIn }),
    needed: right.count,
    goodForSeconds: null,
  }).map(({ about, by }) => ({ rule: about, by }));
}
