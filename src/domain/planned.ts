/** What kind of plan is it: steps that run on sites, or changes of the control repository alone? */
import type { ChangeFacts } from "../contract/facts-range.ts";
import type { Facts } from "../contract/facts.ts";
import { StepKind } from "../contract/plan.ts";

const steps: ReadonlySet<string> = new Set(StepKind.options);

/** A step runs on a site; control changes, adoption, pairing and removal have none. */
export function isStep(change: ChangeFacts): boolean {
  return steps.has(change.kind);
}

/** Whether the change touches control files: who may do what, or which site a key speaks for. */
export function changesControl(change: ChangeFacts): boolean {
  return change.kind === "policy.change" || change.kind === "connector.pair" || change.url;
}

/** The sites that the changes name, each once, in order. */
export function sitesOf(changes: readonly ChangeFacts[]): string[] {
  const sites = changes.flatMap(({ site }) => (site === null ? [] : [site]));
  return [...new Set(sites)].toSorted();
}

const editedPolicy: ChangeFacts = {
  site: null,
  tier: null,
  labels: null,
  timezone: null,
  kind: "policy.change",
  target: "countersign.yml",
  from: undefined,
  to: undefined,
  risk: "critical",
  reversibility: "reversible",
  url: false,
};

type PlannedFacts = Pick<Facts, "plan" | "proposal" | "config" | "merge">;

/**
 * The changes that the plan makes, and that of `countersign.yml` which the proposal or the merged
 * range shows: an edited policy is a policy change even where the plan does not say so. `null`
 * while the plan is not known.
 */
export function changesOf(facts: PlannedFacts): ChangeFacts[] | null {
  const planned = facts.plan?.state === "ok" ? facts.plan.changes : null;
  return planned === null ? null : withEditedPolicy(planned, facts);
}

/** The same for changes that are known without a plan. */
export function withEditedPolicy(
  changes: readonly ChangeFacts[],
  { proposal, merge, config }: Omit<PlannedFacts, "plan">,
): ChangeFacts[] {
  const texts = [proposal?.configAtHead, merge?.range?.config];
  const isEdited = texts.some((text) => typeof text === "string" && text !== config?.text);
  const isNamed = changes.some(({ kind }) => kind === "policy.change");
  return isEdited && !isNamed ? [...changes, editedPolicy] : [...changes];
}
