/**
 * GitHub Deployments of a merged plan: one for each site, or, where the plan has more sites than
 * GitHub would take writes for, one for each tier. Told again they change nothing.
 */
import { type Authorisation, endedWell } from "../domain/history.ts";
import { wentBadly } from "../domain/milestones.ts";
import { reach } from "../failpoint.ts";
import { outcomeWords } from "../render/outcomes.ts";
import { siteFileOf } from "./control-files.ts";
import type { Fleet } from "./fleet.ts";
import type { ForgeWriter } from "./forge-port.ts";

/** A deployment of a tier is up to three writes, whatever its number of sites. */
const most = { sites: 20, tiers: 3 };
/** Where a plan touches more tiers than that. */
const wholePlan = "fleet";

export const isLarge = (actions: readonly Authorisation[]): boolean => actions.length > most.sites;

type State = Parameters<ForgeWriter["setDeploymentState"]>[1];

export interface DeploymentView {
  readonly environment: string;
  readonly key: string;
  readonly description: string;
  readonly commit: Authorisation["entry"]["merge"];
  /** `null` where nothing is to be said yet: GitHub shows it as pending. */
  readonly state: readonly [State, string] | null;
}

/** What GitHub has to show of these actions of one plan. */
export async function deploymentsOf(
  fleet: Fleet,
  actions: readonly Authorisation[],
): Promise<readonly DeploymentView[]> {
  if (!isLarge(actions)) return actions.map(siteView);
  const tiers = Map.groupBy(await withTiers(fleet, actions), ({ tier }) => tier);
  if (tiers.size > most.tiers) return groupView(wholePlan, actions);
  return [...tiers].flatMap(([tier, members]) =>
    groupView(
      tier,
      members.map(({ action }) => action),
    ),
  );
}

/** By the files that the plan was authorised with; a site without one belongs to the whole plan. */
async function withTiers(fleet: Fleet, actions: readonly Authorisation[]) {
  const [first] = actions;
  const tree = first === undefined ? null : await fleet.forge.controlTree(first.entry.merge);
  return actions.map((action) => {
    const file = tree === null ? null : siteFileOf(tree, action.entry.site);
    return { action, tier: file?.tier ?? wholePlan };
  });
}

function siteView(action: Authorisation): DeploymentView {
  const { site, sub, merge: commit, pr } = action.entry;
  const description = `#${pr} on ${site}`;
  return { environment: site, key: sub, commit, description, state: siteState(action) };
}

function siteState({ entry, end, sentAt }: Authorisation): readonly [State, string] {
  if (end === null) {
    return sentAt === null
      ? ["queued", "Authorised, not sent yet"]
      : ["in_progress", "Sent, waiting for its receipt"];
  }
  if (entry.mode === "rollback" && endedWell(end)) return ["inactive", outcomeWords("taken_back")];
  return [endedWell(end) ? "success" : "failure", outcomeWords(end.how)];
}

function groupView(environment: string, actions: readonly Authorisation[]): DeploymentView[] {
  const [first] = actions;
  if (first === undefined) return [];
  const { merge: commit, pr } = first.entry;
  const description = `#${pr} on ${actions.length} sites: ${environment}`;
  // Its key names the merge: a later plan of the same tier has another one.
  return [
    {
      environment,
      key: `${commit} ${environment}`,
      commit,
      description,
      state: groupState(actions),
    },
  ];
}

/** Goes forward alone, but for a person's `retry` or `resume`: three writes and no more. */
function groupState(actions: readonly Authorisation[]): DeploymentView["state"] {
  const isOver = actions.every(({ end }) => end !== null);
  const isWell = actions.every(({ end, entry }) => endedWell(end) && entry.mode !== "rollback");
  if (isOver && isWell) return ["success", "Applied, and healthy, on all its sites"];
  if (isOver || actions.some(wentBadly)) return ["failure", "Not all of its sites ended well"];
  return actions.some(({ tries }) => tries > 0)
    ? ["in_progress", "On its way, site by site"]
    : null;
}

export async function showDeployment(fleet: Fleet, view: DeploymentView): Promise<void> {
  const { state, ...wanted } = view;
  reach("deployment.before");
  const id = await fleet.forge.openDeployment(wanted);
  reach("deployment.opened");
  if (state !== null) await fleet.forge.setDeploymentState(id, ...state);
  reach("deployment.after");
}
