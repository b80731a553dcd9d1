/**
 * May this action be signed now? Asked again before every token: the level, the sites that have to
 * finish first, and freezes; rollouts.ts says whether it is its turn. An approved recovery waits
 * for none but CONTAINED.
 */
import type { AuthorisedEntry } from "../contract/audit-entry.ts";
import { ChangeFacts } from "../contract/facts-range.ts";
import type { SiteId } from "../contract/ids.ts";
import type { Step } from "../contract/plan.ts";
import type { SiteFile } from "../contract/site-file.ts";
import { mayRun } from "../domain/containment.ts";
import { freezesOf } from "../domain/freeze.ts";
import { type Authorisation, authorisationsOf, type History, levelOf } from "../domain/history.ts";
import { unfinishedAt } from "../domain/unfinished.ts";
import { siteFileOf } from "./control-files.ts";
import type { Fleet } from "./fleet.ts";
import { sitePlanText } from "./planning.ts";
import type { PolicyOfNow } from "./rollouts.ts";

/**
 * The site's next action: what was sent is followed to its end, and nothing overtakes it. What may
 * not run waits, and only a recovery goes past it: without one it would wait for ever.
 */
export function nextAction(history: History, site: SiteId): Authorisation | undefined {
  const open = authorisationsOf(history, site).filter(({ end }) => end === null);
  const sent = open.find(({ sentAt }) => sentAt !== null);
  if (sent !== undefined) return sent;
  const able = open.filter(({ entry }) => levelAllows(history, entry));
  // It takes back what ran last: what waits behind that was not planned on what it leaves.
  return able.find(({ entry }) => entry.mode === "rollback") ?? able[0] ?? open[0];
}

/** What the log alone says: the level, and whether another plan has to finish at the site first. */
export function levelAllows(history: History, { site, mode, sub, pr }: AuthorisedEntry): boolean {
  const unfinished = unfinishedAt(history, site);
  if (mode === "apply" && unfinished !== undefined && unfinished.entry.pr !== pr) return false;
  const { level } = levelOf(history, site);
  return mayRun(level, { mode, running: runningBeside(history, site, sub) });
}

/** Recoveries on their way under the same level: at CONTAINED there is one at a time. */
function runningBeside(history: History, site: SiteId, sub: AuthorisedEntry["sub"]): number {
  const wholeFleet = history.fleetLevel.level === "contained";
  return [...history.authorisations.values()].filter(
    ({ entry, sentAt, end }) =>
      end === null && sentAt !== null && entry.sub !== sub && (wholeFleet || entry.site === site),
  ).length;
}

/** No freeze holds the action's steps: by the policy of now. */
export async function isUnfrozen(
  fleet: Fleet,
  { config, tree }: PolicyOfNow,
  entry: AuthorisedEntry,
): Promise<boolean> {
  const plan = await sitePlanText(fleet, entry.plan);
  const file = siteFileOf(tree, entry.site);
  if (plan === null || file === null) return false;
  const now = fleet.clock.now();
  const changes = plan.steps.map((step) => changeOf(step, entry.site, file));
  return changes.every((change) => freezesOf(config, change, now).length === 0);
}

/** A step as freezes look at it. Its risk is not on record: a freeze that asks for one holds it. */
function changeOf({ kind, target, from, to }: Step, site: SiteId, file: SiteFile): ChangeFacts {
  const { tier, labels, timezone } = file;
  return ChangeFacts.parse({
    site,
    tier,
    labels,
    timezone,
    kind,
    target,
    from,
    to,
    risk: null,
  });
}
