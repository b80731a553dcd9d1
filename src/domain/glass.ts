/**
 * Is the glass of a gate broken?
 *
 * Broken glass stands in for the approvals of one named gate and one plan digest. It is never one
 * person's, is good while `now < at + for`, and lifts no objection, freeze, level or failed check.
 * Everyone who breaks it must count as a reviewer of this plan would.
 */
import type { Facts } from "../contract/facts.ts";
import type { GlassFacts } from "../contract/facts-review.ts";
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
  const said = (facts.breakGlass ?? []).filter(
    (glass) =>
      config.gates.some(({ name }) => name === glass.gate) &&
      isGood(glass, right, question) &&
      standing.faultsOf(glass.user).length === 0 &&
      bench.holders.has(glass.user?.id ?? 0),
  );
  return [...Map.groupBy(said, ({ gate }) => gate)].flatMap(([gate, hands]) => {
    const by = new Set(hands.flatMap(({ user }) => (user === null ? [] : [user.id])));
    if (by.size < Math.max(2, right.count)) return [];
    return [{ gate, by: [...by].toSorted((a, b) => a - b), at: newest(hands) }];
  });
}

function isGood(glass: GlassFacts, right: BreakGlassRight, question: GlassQuestion): boolean {
  const { at } = glass;
  if (at === null || glass.edited !== false || (glass.reason ?? "").trim() === "") return false;
  const inTime = question.mergedAt === null || at <= question.mergedAt;
  const bound =
    glass.digest !== null &&
    question.digest !== null &&
    (glass.digest === "current" || glass.digest === question.digest);
  return bound && inTime && at <= question.now + 30 && question.now < at + right.for;
}

function newest(hands: readonly GlassFacts[]): number {
  return Math.max(...hands.map(({ at }) => at ?? Number.NaN));
}
