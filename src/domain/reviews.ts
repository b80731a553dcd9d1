/**
 * What has each person said last, and does an objection stand?
 *
 * A person's newest decisive review is found before head, digest and role are looked at; of two in
 * one second the higher id is the newer. Objections are lifted by their author alone.
 * Source: docs/protocol.md, "A review counts iff".
 */
import type { ReviewFacts } from "../contract/facts-review.ts";

/** A decisive review whose time is known. */
export interface DatedReview extends ReviewFacts {
  readonly submittedAt: number;
}

/** Reviews of one account. `null` gathers those of deleted accounts. */
export interface ReviewerVoice {
  readonly id: number | null;
  /** The newest decisive review in time for the merge; absent where there is none. */
  readonly newest: DatedReview | undefined;
  /** The newest approval given after the merge: it neither counts nor lifts. */
  readonly late: DatedReview | undefined;
  /** A standing request for changes: blocks if its author is eligible to object. */
  readonly objection: DatedReview | undefined;
}

/** Whether the review decides anything; comments, also of the word "approve", never do. */
function isDecisive(review: ReviewFacts): review is DatedReview {
  return review.state !== "COMMENTED" && review.state !== "PENDING" && review.submittedAt !== null;
}

/** Decisive reviews whose time could not be read: while there is one, no order is known. */
export function undatedReviews(reviews: readonly ReviewFacts[]): ReviewFacts[] {
  return reviews.filter(
    ({ state, submittedAt }) =>
      submittedAt === null && state !== "COMMENTED" && state !== "PENDING",
  );
}

/** @param mergedAt Unix seconds of the merge; `null` while there was none. */
export function voicesOf(
  reviews: readonly ReviewFacts[],
  mergedAt: number | null,
): ReviewerVoice[] {
  const decisive = reviews.filter(isDecisive).toSorted(byAge);
  const byPerson = Map.groupBy(decisive, ({ user }) => user?.id ?? null);
  return [...byPerson].map(([id, said]) => {
    const isLate = (review: DatedReview) =>
      mergedAt !== null && wasApproval(review) && !(review.submittedAt <= mergedAt);
    const inTime = said.filter((review) => !isLate(review));
    return {
      id,
      newest: inTime.at(-1),
      late: said.findLast(isLate),
      objection: inTime.findLast(
        (review, at) => isObjection(review) && !inTime.slice(at + 1).some(wasApproval),
      ),
    };
  });
}

function byAge(one: DatedReview, other: DatedReview): number {
  return one.submittedAt - other.submittedAt || one.id - other.id || rank(one) - rank(other);
}

/** One review read twice, in two states: the less favourable reading is taken as the newer. */
function rank(review: DatedReview): number {
  return ["APPROVED", "DISMISSED", "CHANGES_REQUESTED"].indexOf(review.state);
}

function wasApproval(review: ReviewFacts): boolean {
  if (review.state === "DISMISSED") return review.dismissal?.was === "APPROVED";
  return review.state === "APPROVED";
}

/** A dismissal lifts only its own author's objection; one whose story is unreadable stands. */
function isObjection(review: ReviewFacts): boolean {
  if (review.state === "CHANGES_REQUESTED") return true;
  if (review.state !== "DISMISSED" || wasApproval(review)) return false;
  const dismissedBy = review.dismissal?.by?.id;
  const known = review.dismissal?.was === "CHANGES_REQUESTED";
  return !(known && dismissedBy !== undefined && dismissedBy === review.user?.id);
}

/** Of each person the review that was judged: the newest in time, or else the newest late approval. */
export function reviewsSpoken(
  reviews: readonly ReviewFacts[],
  mergedAt: number | null,
): ReadonlyMap<number | null, number> {
  const spoken = new Map<number | null, number>();
  for (const { id, newest, late } of voicesOf(reviews, mergedAt)) {
    for (const review of [late, newest]) if (review !== undefined) spoken.set(id, review.id);
  }
  return spoken;
}
