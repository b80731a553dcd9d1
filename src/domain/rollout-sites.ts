/** The sites of one merged plan as its rollout looks at them: a view of the log. */
import type { Rollout } from "../contract/fleet-config.ts";
import type { SiteId } from "../contract/ids.ts";
import type { SiteFile } from "../contract/site-file.ts";
import { type Authorisation, authorisationsFor, endedWell, type History } from "./history.ts";
import { AT_REST } from "./level-state.ts";
import type { RolloutSite, SiteState } from "./rollout.ts";
import { selectsSite } from "./site-selection.ts";
import { isIdle } from "./unfinished.ts";

/**
 * @param fileOf a site's file of now; `null` where it cannot be read: no canary, and no window
 */
export function rolloutSites(
  history: History,
  pr: number,
  { canary, fileOf }: Pick<Rollout, "canary"> & { fileOf: (site: SiteId) => SiteFile | null },
): RolloutSite[] {
  const newest = new Map<SiteId, Authorisation>();
  for (const one of authorisationsFor(history, pr)) {
    if (one.entry.mode !== "recover") newest.set(one.entry.site, one);
  }
  const secondsOf = instants();
  return [...newest].map(([site, one]) => {
    const file = fileOf(site);
    const isCanary =
      file !== null && canary !== undefined && selectsSite(canary, { ...file, site });
    const isHeld = (history.siteLevels.get(site) ?? AT_REST).level !== "normal";
    return {
      site,
      isCanary,
      timezone: file?.timezone ?? null,
      state: stateOf(one, { isHeld, secondsOf }),
    };
  });
}

function stateOf(
  { entry, seq, sentAt, end }: Authorisation,
  { isHeld, secondsOf }: { readonly isHeld: boolean; readonly secondsOf: (at: string) => number },
): SiteState {
  // What a person took back had not gone well, whatever its receipt said.
  if (entry.mode === "rollback") return { kind: "badly", idle: false, place: seq };
  if (end === null) {
    return sentAt === null
      ? { kind: "open", authorised: seq, at: secondsOf(entry.at) }
      : { kind: "sent", lost: isHeld };
  }
  if (endedWell(end)) return { kind: "well", at: secondsOf(end.at) };
  // A refusal changed nothing, and is bad news for the sites behind it all the same.
  const idle = isIdle(end) && !end.how.startsWith("refused:");
  return { kind: "badly", idle, place: end.index };
}

/** A plan is asked about at every step of each of its sites, and those share few moments. */
function instants(): (instant: string) => number {
  const known = new Map<string, number>();
  return (instant) => {
    const found = known.get(instant) ?? Math.floor(Date.parse(instant) / 1000);
    known.set(instant, found);
    return found;
  };
}
