/**
 * What is left to do: sites that run something else than the branch says, since their last plan did
 * not end well or was rolled back. Source: docs/protocol.md, "From proposal to authorisation".
 */
import type { Mode } from "../contract/audit-entry.ts";
import type { SiteId } from "../contract/ids.ts";
import {
  type Authorisation,
  authorisationsFor,
  authorisationsOf,
  type Ending,
  endedWell,
  type History,
} from "./history.ts";

/** Each site's action that ended last. */
export function lastEnded(history: History): Map<SiteId, Authorisation> {
  return newestEnds(history.authorisations.values(), () => true);
}

/** Of one plan, each site's newest attempt. */
export function newestAttempts(history: History, pr: number): Map<SiteId, Authorisation> {
  const own = authorisationsFor(history, pr);
  return new Map(own.map((one) => [one.entry.site, one]));
}

/**
 * Sites whose last plan *ended* otherwise than well, or was rolled back since, with that
 * authorisation: the branch says something else than they run. A recovery or rollback that changed
 * nothing leaves the site as the plan before left it.
 */
export function recoverableSites(history: History): Map<SiteId, Authorisation> {
  return recoverable(history.authorisations.values());
}

/** Those of them that hold up other proposals: what was abandoned does not. */
export function unfinishedSites(history: History): Map<SiteId, Authorisation> {
  return new Map([...recoverableSites(history)].filter(([, { abandoned }]) => !abandoned));
}

/** The same for one site, at the cost of its own actions alone. */
export function unfinishedAt(history: History, site: SiteId): Authorisation | undefined {
  const found = recoverable(authorisationsOf(history, site)).get(site);
  return found?.abandoned === true ? undefined : found;
}

function recoverable(actions: Iterable<Authorisation>): Map<SiteId, Authorisation> {
  const last = newestEnds(actions, (mode, end) => mode === "apply" || !isIdle(end));
  return new Map([...last].filter(([, { end, entry }]) => !isFinished(entry.mode, end)));
}

const isFinished = (mode: Mode, end: Ending | null): boolean =>
  mode !== "rollback" && endedWell(end);

const idle = new Set<string>(["lapsed", "overtaken", "abandoned"]);
/** It changed nothing on the site. */
export const isIdle = ({ how }: Ending): boolean => idle.has(how) || how.startsWith("refused:");

function newestEnds(
  actions: Iterable<Authorisation>,
  counts: (mode: Mode, end: Ending) => boolean,
): Map<SiteId, Authorisation> {
  const ends = [...actions].flatMap((one) =>
    one.end !== null && counts(one.entry.mode, one.end) ? [[one.end.index, one] as const] : [],
  );
  const inOrder = ends.toSorted(([a], [b]) => a - b);
  return new Map(inOrder.map(([, one]) => [one.entry.site, one]));
}
