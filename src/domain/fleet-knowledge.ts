/**
 * What receipts have taught about steps: that one changed the tables or columns of a site's
 * database, which no copy of files brings back. Every later plan with that step says so.
 *
 * A whole action is one unit: its receipt does not say which of its steps it was, so all of them
 * are meant that bring or start code. A plan's digest does not depend on what was learnt.
 */
import type { SitePlan, StepKind } from "../contract/plan.ts";
import type { Plan, PlannedChange } from "../contract/planned-change.ts";
import { withReason } from "./reversibility.ts";

/** The plan with that reason on every step that changed a schema in one of these plans. */
export function withSchemaChanges(plan: Plan, changers: readonly SitePlan[]): Plan {
  const known = new Set(changers.flatMap(({ steps }) => steps.filter(bringsCode).map(stepName)));
  if (known.size === 0) return plan;
  const changes = plan.changes.map((change) => {
    const isMeant = bringsCode(change) && known.has(stepName(change));
    return isMeant ? { ...change, ...withReason(change, "schema_changed_before") } : change;
  });
  return { ...plan, changes };
}

type Named = Pick<PlannedChange, "kind" | "target" | "from" | "to">;

const BRINGS_CODE: ReadonlySet<string> = new Set<StepKind>([
  "core.update",
  "plugin.install",
  "plugin.update",
  "plugin.activate",
  "theme.install",
  "theme.update",
  "theme.activate",
  "connector.update",
]);

const bringsCode = ({ kind }: Named): boolean => BRINGS_CODE.has(kind);

const stepName = ({ kind, target, from, to }: Named): string =>
  JSON.stringify([kind, target, from, to]);
