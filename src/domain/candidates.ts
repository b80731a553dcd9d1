/**
 * Whose review counts for which requirement, and why does another not?
 *
 * Every reason is recorded; a person is shown with the first of the closed list.
 */
import type { Discount, Discounted } from "../contract/answer.ts";
import type { ShownFacts } from "../contract/facts-range.ts";
import type { BrokenGlass } from "./glass.ts";
import type { Requirement } from "./requirements.ts";
import type { DatedReview, ReviewerVoice } from "./reviews.ts";
import { type Current, isKept, staleness } from "./shown-plans.ts";
import { type Bench, discounted, type Standing } from "./standing.ts";

/** A requirement with whoever may fill it now. */
export interface Demand {
  readonly requirement: Requirement;
  readonly bench: Bench;
}

export interface Scene {
  readonly standing: Standing;
  readonly voices: readonly ReviewerVoice[];
  readonly shown: readonly ShownFacts[];
  readonly current: Current;
  readonly now: number;
  readonly glass: readonly BrokenGlass[];
}

/** One reviewer's case for one demand: no reasons means that the review counts. */
interface Case {
  readonly id: number | null;
  readonly holds: boolean;
  readonly reasons: readonly Discount[];
}

/** People whose reviews count for the demand. */
export function countedFor(demand: Demand, scene: Scene): Set<number> {
  const counted = scene.voices.flatMap((voice) => {
    const found = caseOf(voice, demand, scene);
    return found !== null && found.id !== null && found.reasons.length === 0 ? [found.id] : [];
  });
  return new Set(counted);
}

/** The people whose reviews count for none of the demands. */
export function discountedFor(demands: readonly Demand[], scene: Scene): Discounted[] {
  const entries = scene.voices.flatMap((voice) => {
    const cases = demands.flatMap((demand) => caseOf(voice, demand, scene) ?? []);
    if (cases.some(({ reasons }) => reasons.length === 0)) return [];
    // Where the person holds one of the roles, not holding another explains nothing.
    const fitting = cases.filter(({ holds }) => holds);
    const telling = (fitting.length > 0 ? fitting : cases).flatMap(({ reasons }) => reasons);
    return discounted(voice.id, telling) ?? [];
  });
  return entries.toSorted((a, b) => orderOf(a) - orderOf(b));
}

/** Deleted accounts, of which nobody knows which, come first. */
function orderOf({ id }: Discounted): number {
  return id ?? 0;
}

/** People who could fill the demand if they approved now. */
export function potentialFor({ bench, requirement }: Demand, scene: Scene): Set<number> {
  const able = [...bench.holders].filter(
    (id) => scene.standing.faultsOfId(id).length === 0 && !brokeOther(id, requirement, scene),
  );
  return new Set(able);
}

function caseOf(voice: ReviewerVoice, demand: Demand, scene: Scene): Case | null {
  const newest = voice.newest?.state === "CHANGES_REQUESTED" ? undefined : voice.newest;
  const { late } = voice;
  const user = (newest ?? late)?.user;
  if (user === undefined) return null;
  const holds = voice.id !== null && demand.bench.holders.has(voice.id);
  const personal: Discount[] = [...scene.standing.faultsOf(user)];
  if (voice.id !== null && brokeOther(voice.id, demand.requirement, scene)) {
    personal.push("duplicate_person");
  }
  if (!holds) personal.push("not_in_role");
  const faults = newest === undefined ? [] : faultsOfReview(newest, demand, scene);
  const stands = newest !== undefined && faults.length === 0;
  const lateFaults: Discount[] =
    late === undefined || stands ? [] : ["after_merge", ...faultsOfReview(late, demand, scene)];
  return { id: voice.id, holds, reasons: [...personal, ...faults, ...lateFaults] };
}

function faultsOfReview(review: DatedReview, { requirement }: Demand, scene: Scene): Discount[] {
  const reasons: Discount[] = review.state === "DISMISSED" ? ["dismissed"] : [];
  const kept = requirement.keepsSamePlan && isKept(review, scene.shown, scene.current);
  if (!kept) reasons.push(...staleness(review, scene.shown, scene.current));
  const { maxAgeSeconds } = requirement;
  const fresh = maxAgeSeconds === null || scene.now - review.submittedAt <= maxAgeSeconds;
  return fresh ? reasons : [...reasons, "expired"];
}

function brokeOther(id: number, requirement: Requirement, { glass }: Scene): boolean {
  return glass.some(({ gate, by }) => gate !== requirement.gate && by.includes(id));
}
