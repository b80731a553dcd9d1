/**
 * Is the glass of a gate broken?
 *
 * Broken glass stands in for the approvals of one named gate and one plan digest. It is never one
 * person's, is good while `now < at + for`, and lifts no objection, freeze, level or failed check.
 * Everyone who breaks it must count as a reviewer of this plan would.
 */
import type { Facts } from "../contract/facts.ts";
import type { Actor, GlassFacts } from "../contract/facts-review.ts";
import type { BreakGlassRight, FleetConfig } from "../contract/fleet-config.ts";
import type { Standing } from "./standing.ts";

export interface BrokenGlass {
  readonly gate: string;
  readonly by: readonly number[];
  /** When the last of them said so: Unix seconds. */
  readonly at: number;
}

/** What a piece of glass is judged against. */
export interface GlassQuestion {
  readonly digest: string | null;
  readonly now: number;
  readonly mergedAt: number | null;
  /** The owners may stand in for an empty role: the plan has no steps. */
  readonly ownersStandIn: boolean;
}

/** The gates whose glass is broken for this plan now. */
export function brokenGlass(
  config: FleetConfig,
  facts: Pick<Facts, "breakGlass">,
  standing: Standing,
  question: GlassQuestion,
): BrokenGlass[] {
  const right = config.rights["break-glass"];
  if (right === undefined || standing.contributors.unread.length > 0) return [];
  const bench = standing.bench(right.role, question);
  if (bench.reading !== "ok") return [];
  const said = (facts.breakGlass ?? []).flatMap((glass) => handOf(glass, right, question));
  const hands = said.filter(
    ({ gate, user }) =>
      config.gates.some(({ name }) => name === gate) &&
      standing.faultsOf(user).length === 0 &&
      bench.holders.has(user.id),
  );
  return [...Map.groupBy(hands, ({ gate }) => gate)].flatMap(([gate, all]) => {
    const by = new Set(all.map(({ user }) => user.id));
    if (by.size < Math.max(2, right.count)) return [];
    const at = Math.max(...all.map((hand) => hand.at));
    return [{ gate, by: [...by].toSorted((a, b) => a - b), at }];
  });
}

/** One person's word, where it is complete, unedited, about this plan and still good. */
interface Hand {
  readonly gate: string;
  readonly user: Actor;
  readonly at: number;
}

function handOf(glass: GlassFacts, right: BreakGlassRight, question: GlassQuestion): Hand[] {
  const { gate, user, at, digest } = glass;
  if (user === null || at === null || glass.edited !== false) return [];
  if ((glass.reason ?? "").trim() === "") return [];
  const inTime = question.mergedAt === null || at <= question.mergedAt;
  const bound = question.digest !== null && (digest === "current" || digest === question.digest);
  const isGood = at <= question.now + 30 && question.now < at + right.for;
  return bound && inTime && isGood ? [{ gate, user, at }] : [];
}
