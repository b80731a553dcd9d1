/**
 * Which plan had a reviewer seen?
 *
 * An approval is of a head and of the newest plan shown for it before the review was submitted; a
 * review in the same second as the showing came before it. Showing a plan again moves nothing.
 */
import type { Discount } from "../contract/answer.ts";
import type { ShownFacts } from "../contract/facts-range.ts";
import type { DatedReview } from "./reviews.ts";

/** What is on the table now. */
export interface Current {
  readonly head: string | null;
  readonly digest: string | null;
  /** Digest of the configuration in force; `null` where it is not known. */
  readonly config: string | null;
}

/** Why the approval is not one of the current head and plan; empty when it is. */
export function staleness(
  review: DatedReview,
  shown: readonly ShownFacts[],
  current: Current,
): Discount[] {
  const reasons: Discount[] = [];
  if (review.commit === null || review.commit !== current.head) reasons.push("superseded_commit");
  const seen = seenBy(review, shown);
  if (seen.length === 0) reasons.push("before_plan");
  else if (!seen.every((one) => isCurrentPlan(one, current))) reasons.push("other_digest");
  return reasons;
}

/**
 * Whether `keep: same-plan` carries the approval over to the present head: every plan shown since,
 * on every head, is the one it saw, under the same configuration, and it has been shown here.
 */
export function isKept(
  review: DatedReview,
  shown: readonly ShownFacts[],
  current: Current,
): boolean {
  const since = shown.filter(({ at }) => !(at < review.submittedAt));
  const seen = seenBy(review, shown);
  const same = (one: ShownFacts) => isCurrentPlan(one, current) && isCurrentConfig(one, current);
  const shownHere = shown.some((one) => one.head === current.head && same(one));
  return seen.length > 0 && [...seen, ...since].every(same) && shownHere;
}

/** The newest showing before the review; several where one second saw more than one. */
function seenBy(review: DatedReview, shown: readonly ShownFacts[]): ShownFacts[] {
  const before = shown.filter(({ head, at }) => head === review.commit && at < review.submittedAt);
  const newest = Math.max(...before.map(({ at }) => at));
  return before.filter(({ at }) => at === newest);
}

function isCurrentPlan(one: ShownFacts, current: Current): boolean {
  if (one.digest === null || current.digest === null) return false;
  return one.digest === "current" || one.digest === current.digest;
}

function isCurrentConfig(one: ShownFacts, current: Current): boolean {
  if (one.config === "current") return true;
  return one.config !== null && one.config === current.config;
}
