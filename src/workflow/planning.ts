/** Plans of proposals and of ranges: trees read through the Forge, compared by `domain/plan.ts`. */
import type { Tree } from "../contract/control-repository.ts";
import type { FactsInput } from "../contract/facts.ts";
import type { CommitSha, Digest, SiteId } from "../contract/ids.ts";
import { SitePlan } from "../contract/plan.ts";
import type { Plan, PlannedChange, PlanTexts } from "../contract/planned-change.ts";
import { withSchemaChanges } from "../domain/fleet-knowledge.ts";
import { recoverableSites } from "../domain/unfinished.ts";
import { mergeTrees } from "../domain/merge-trees.ts";
import { planTrees, type PlanTrees } from "../domain/plan.ts";
import { isRecovery } from "../domain/recovery.ts";
import { parseCanonical } from "../signing/canonical.ts";
import { planTexts } from "../signing/plan-text.ts";
import type { Fleet } from "./fleet.ts";
import type { PullRequest } from "./forge-port.ts";

export interface Planned {
  readonly kind: "planned";
  readonly plan: Plan;
  /** The files that the plan leads to. */
  readonly after: Tree;
  /** `null` where the plan failed. */
  readonly texts: PlanTexts | null;
  /** Sites whose steps here are the way back from their unfinished plan. */
  readonly recovers: readonly SiteId[];
  /** What the change comes on top of: the default branch's tip, or the start of a range. */
  readonly base: CommitSha;
}
export type Planning =
  | Planned
  | { readonly kind: "conflict"; readonly paths: readonly string[] }
  | { readonly kind: "unrelated" };

/** The plan from the attested commit to what merging the proposal now would give. */
export async function planProposal(
  fleet: Fleet,
  attested: CommitSha,
  pull: PullRequest,
): Promise<Planning> {
  const { forge, repository } = fleet;
  const tip = await forge.branchTip(repository.defaultBranch);
  const base = tip === null ? null : await forge.mergeBase(tip, pull.head);
  if (tip === null || base === null) return { kind: "unrelated" };
  const merged = mergeTrees({
    base: await forge.controlTree(base),
    tip: await forge.controlTree(tip),
    head: await forge.controlTree(pull.head),
  });
  if (merged.kind === "conflict") return merged;
  const before = await forge.controlTree(attested);
  return planned(fleet, { before, after: merged.tree }, tip);
}

/** The plan from one commit to another. */
export async function planRange(fleet: Fleet, from: CommitSha, to: CommitSha): Promise<Planned> {
  const before = await fleet.forge.controlTree(from);
  const after = await fleet.forge.controlTree(to);
  return planned(fleet, { before, after }, from);
}

/** A commit's tree never changes; of each one the newest comparison is kept as long as the tree is. */
const compared = new WeakMap<Tree, { readonly after: Tree; readonly plan: Plan }>();

function planOnce(trees: PlanTrees): Plan {
  const known = compared.get(trees.before);
  if (known?.after === trees.after) return known.plan;
  const plan = planTrees(trees);
  compared.set(trees.before, { after: trees.after, plan });
  return plan;
}

async function planned(fleet: Fleet, trees: PlanTrees, base: CommitSha): Promise<Planned> {
  const plan = withSchemaChanges(planOnce(trees), await schemaChangers(fleet));
  const recovers: SiteId[] = [];
  for (const [site, { entry }] of recoverableSites(fleet.log.history)) {
    const own = plan.sitePlans.get(site);
    const open = await sitePlanText(fleet, entry.plan);
    if (own !== undefined && open !== null && isRecovery(own, open)) recovers.push(site);
  }
  return { kind: "planned", plan, after: trees.after, texts: planTexts(plan), recovers, base };
}

/** Plans of actions that changed a site's schema; one whose text is gone teaches nothing more. */
async function schemaChangers(fleet: Fleet): Promise<SitePlan[]> {
  const { schemaChanged, authorisations } = fleet.log.history;
  const digests = new Set(
    [...schemaChanged].flatMap((sub) => authorisations.get(sub)?.entry.plan ?? []),
  );
  const plans: SitePlan[] = [];
  for (const digest of digests) {
    const plan = await sitePlanText(fleet, digest);
    if (plan !== null) plans.push(plan);
  }
  return plans;
}

/** A site's plan by its digest; `null` where nobody has its text any more. */
export async function sitePlanText(fleet: Fleet, digest: Digest): Promise<SitePlan | null> {
  const text = await fleet.log.text(digest);
  const { data } = SitePlan.safeParse(text === null ? null : parseCanonical(text));
  return data ?? null;
}

/** The plan as the gates look at it. */
export function planFacts(planning: Planning): NonNullable<FactsInput["plan"]> {
  if (planning.kind !== "planned") return { state: "computing", digest: null, changes: null };
  const { plan, texts, recovers } = planning;
  return {
    state: plan.state,
    digest: texts?.fleet.digest ?? null,
    changes: plan.changes.map(changeFact),
    recovers: [...recovers],
  };
}

function changeFact(change: PlannedChange) {
  const { site, tier, labels, timezone, kind, target, from, to, risk, reversibility, url } = change;
  const { package: installed, previous, cause } = change;
  const what = { kind, target, from, to, risk, reversibility, url };
  return { site, tier, labels, timezone, ...what, package: installed, previous, cause };
}

/** What one range alone changed, and its `countersign.yml` where that changed. */
export async function rangeContent(fleet: Fleet, from: CommitSha, to: CommitSha) {
  const before = await fleet.forge.controlTree(from);
  const after = await fleet.forge.controlTree(to);
  const [old, config] = [before.get("countersign.yml"), after.get("countersign.yml")];
  const changes = planOnce({ before, after }).changes.map(changeFact);
  return { changes, config: old === config ? null : typeof config === "string" ? config : "" };
}
