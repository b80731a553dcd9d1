/**
 * Was the same step applied in the tier that this one follows, and has it stayed well there?
 *
 * Proved by receipts alone: the same kind, target, value and package digest, on a site that is in
 * that tier now, nothing wrong there since. Without a receipt the answer is *no*.
 */
import type { ChangeFacts } from "../contract/facts-range.ts";
import type { Assertion } from "../contract/policy-rule.ts";
import { type PolicyFacts, stepKey } from "./policy-facts.ts";
import { doesNotApply, known, type Reading, unread } from "./policy-readings.ts";
import { isStep } from "./planned.ts";

export type Promotion = NonNullable<Assertion["site.promotesFrom"]>;

export function promotionOf(
  { tier, soak }: Promotion,
  change: ChangeFacts,
  facts: PolicyFacts,
): Reading {
  if (!isStep(change) || facts.isRecovery(change)) return doesNotApply;
  if (change.tier === null) return unread;
  if (change.tier === tier) return doesNotApply;
  if (facts.applied === null) return unread;
  const sha256 = change.package?.sha256 ?? null;
  const same = facts.applied.get(stepKey({ ...change, sha256 })) ?? [];
  const there = same.filter((one) => one.tier === tier);
  const well = there.filter((one) => one.well === true);
  const oldest = Math.min(...well.map(({ at }) => at));
  if (facts.now - oldest >= (soak ?? 0)) return known(true, `applied ${ago(facts.now - oldest)}`);
  if (well.length > 0) return known(false, `applied ${ago(facts.now - oldest)}`);
  if (there.some((one) => one.well === null)) return unread;
  return known(false, there.length > 0 ? "did not stay well" : "not applied there");
}

function ago(seconds: number): string {
  return `${Math.floor(seconds / 3600)} h ago`;
}
