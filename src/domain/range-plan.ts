/** Which plan did the range bring? The one at its own commit, whatever the branch shows by now. */
import type { ChangeFacts, MergeFacts } from "../contract/facts-range.ts";
import type { Facts } from "../contract/facts.ts";
import { ownValue } from "./own-value.ts";
import { changesOf, withEditedPolicy } from "./planned.ts";

/** `other`: the range brought another plan than the one that was shown. */
export type RangePlan =
  | { readonly kind: "shown"; readonly changes: readonly ChangeFacts[]; readonly isEmpty: boolean }
  | { readonly kind: "other" }
  /** What the branch holds cannot be planned: that is known to be wrong. */
  | { readonly kind: "failed" }
  | { readonly kind: "unknown" };

export function planOfRange(facts: Facts, merge: MergeFacts): RangePlan {
  if (facts.plan?.state === "failed") return { kind: "failed" };
  const digest = digestOf(facts, merge);
  if (digest === null) return alone(facts, merge);
  const changes = changesOf(facts);
  if (changes === null || facts.plan?.digest !== digest) {
    return changes === null ? { kind: "unknown" } : { kind: "other" };
  }
  return shown(changes);
}

/** The digest at the range's commit. A push without a proposal has no other plan than the facts'. */
function digestOf({ plan, proposal }: Facts, merge: MergeFacts): string | null {
  const own = plan?.digest ?? null;
  if (merge.commit === null || merge.plans === null) return null;
  const found = ownValue(merge.plans, merge.commit);
  if (found === undefined) return merge.kind === "push" && proposal === null ? own : null;
  return found === "current" ? own : found;
}

/** A push whose plan nobody computed is known by its changes where nothing came before it. */
function alone(facts: Facts, merge: MergeFacts): RangePlan {
  const isFirst = (facts.branch?.unattested ?? []).length === 0;
  const isAsked = facts.plan === undefined && merge.kind === "push" && isFirst;
  const changes = isAsked ? (merge.range?.changes ?? null) : null;
  return changes === null ? { kind: "unknown" } : shown(withEditedPolicy(changes, facts));
}

function shown(changes: readonly ChangeFacts[]): RangePlan {
  return { kind: "shown", changes, isEmpty: changes.length === 0 };
}
