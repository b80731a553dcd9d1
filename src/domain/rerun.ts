/**
 * What may a person run again, give up, or take back at a site? Pure: who may say so is judged by
 * rights.ts, and the gates of the plan again by whoever carries it out.
 *
 * A plan runs again only while it is the newest one that the site has: what a later plan did, or a
 * recovery undid, is not brought back by another attempt at an older one.
 */
import type { SiteId } from "../contract/ids.ts";
import {
  type Authorisation,
  authorisationsFor,
  authorisationsOf,
  endedWell,
  type History,
} from "./history.ts";
import { isIdle, unfinishedSites } from "./unfinished.ts";

export type NotRetried = "under_way" | "ended_well" | "abandoned" | "superseded";
export type Retrying =
  | { readonly kind: "again"; readonly last: Authorisation }
  /** It got no authorisation when its plan was merged. */
  | { readonly kind: "first" }
  | { readonly kind: "no"; readonly reason: NotRetried };

/** A merged plan: the number of its pull request, and when its range was settled. */
export interface MergedPlan {
  readonly pr: number;
  readonly at: string;
}

/** Whether the merged plan may be tried at this site, again or for the first time. */
export function retryingOf(history: History, site: SiteId, plan: MergedPlan): Retrying {
  const all = authorisationsOf(history, site);
  const last = all.findLast(({ entry }) => entry.pr === plan.pr && entry.mode !== "rollback");
  const refused = last === undefined ? null : notRetried(last);
  if (refused !== null) return { kind: "no", reason: refused };
  if (laterPlans(all, plan).some(hasChanged)) return { kind: "no", reason: "superseded" };
  return last === undefined ? { kind: "first" } : { kind: "again", last };
}

function notRetried({ end, abandoned }: Authorisation): NotRetried | null {
  if (end === null) return "under_way";
  if (endedWell(end)) return "ended_well";
  return abandoned ? "abandoned" : null;
}

/** Actions of plans that were merged after this one. */
function laterPlans(all: readonly Authorisation[], { pr, at }: MergedPlan): Authorisation[] {
  const earlier = new Set(all.flatMap(({ entry }) => (entry.at <= at ? entry.pr : [])));
  return all.filter(({ entry }) => entry.pr !== pr && !earlier.has(entry.pr));
}

/** It changed the site, or the branch does not want any more what was before it. */
const hasChanged = ({ entry, end }: Authorisation): boolean =>
  entry.mode === "recover" || (end !== null && !isIdle(end));

export interface Abandoning {
  /** Actions that end, or had their end and hold up nobody any more. */
  readonly actions: readonly Authorisation[];
  /** Sites that have the action already: what became of it has to be known first. */
  readonly underWay: readonly SiteId[];
}

/** What is left of a merged plan, to be given up. */
export function abandoningOf(history: History, pr: number): Abandoning {
  const open = authorisationsFor(history, pr).filter(({ end }) => end === null);
  const underWay = open.flatMap(({ entry, sentAt }) => (sentAt === null ? [] : [entry.site]));
  const unfinished = [...unfinishedSites(history).values()].filter(({ entry }) => entry.pr === pr);
  const actions = [...open, ...unfinished].filter(({ entry }) => !underWay.includes(entry.site));
  return { actions, underWay: [...new Set(underWay)] };
}

export type NotRolledBack = "nothing_applied" | "under_way" | "not_applied";
export type RollingBack =
  | { readonly kind: "back"; readonly forward: Authorisation; readonly attempt: number }
  | { readonly kind: "no"; readonly reason: NotRolledBack };

/** What a rollback of this site takes back: the newest plan that it applied. */
export function rollingBackOf(history: History, site: SiteId): RollingBack {
  const all = authorisationsOf(history, site);
  const open = all.filter(({ end }) => end === null);
  if (open.some(({ entry, sentAt }) => sentAt !== null || entry.mode === "rollback")) {
    return { kind: "no", reason: "under_way" };
  }
  const byEnd = all.flatMap((one) =>
    one.end === null || isIdle(one.end) ? [] : [{ one, end: one.end }],
  );
  const [newest] = byEnd.toSorted((a, b) => b.end.index - a.end.index);
  if (newest === undefined) return { kind: "no", reason: "nothing_applied" };
  const { one: forward, end } = newest;
  if (forward.entry.mode === "rollback" || end.how !== "applied") {
    return { kind: "no", reason: "not_applied" };
  }
  const { merge, plan } = forward.entry;
  const before = all.filter(
    ({ entry }) => entry.mode === "rollback" && entry.merge === merge && entry.plan === plan,
  );
  return { kind: "back", forward, attempt: before.length + 1 };
}
