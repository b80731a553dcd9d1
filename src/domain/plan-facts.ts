/** A computed plan as the facts tell it: what gates, freezes and levels look at. */
import type { PlanFacts } from "../contract/facts-range.ts";
import type { Plan } from "../contract/planned-change.ts";

export function factsOfPlan(
  plan: Plan,
  known: { readonly digest: string | null; readonly recovers: readonly string[] },
): PlanFacts {
  return {
    state: plan.state,
    digest: known.digest,
    changes: plan.changes.map((change) => ({
      site: change.site,
      tier: change.tier,
      labels: change.labels,
      timezone: change.timezone,
      kind: change.kind,
      target: change.target,
      from: change.from,
      to: change.to,
      risk: change.risk,
      reversibility: change.reversibility,
      url: change.url,
      package: change.package,
      previous: change.previous,
      cause: change.cause,
    })),
    recovers: [...known.recovers],
  };
}
