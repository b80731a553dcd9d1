/** Closes an incident once every site of it ended well and stands at NORMAL again. */
import type { SiteId } from "../contract/ids.ts";
import { type Authorisation, endedWell, levelOf, unfinishedSites } from "../domain/history.ts";
import { recoveredText, settledText } from "../render/incident.ts";
import { type Fleet, instantOf } from "./fleet.ts";

export async function closeRecovered(
  fleet: Fleet,
  actions: readonly Authorisation[],
): Promise<void> {
  const well = new Set(actions.flatMap(({ end, entry }) => (endedWell(end) ? entry.site : [])));
  for (const [issue, sites] of openIncidents(fleet)) {
    if (
      ![...sites].some((site) => well.has(site)) ||
      ![...sites].every((site) => isAtRest(fleet, site))
    ) {
      continue;
    }
    await close(fleet, issue, { cause: "recovered", text: recoveredText([...sites]) });
  }
}

/** Closes the incidents about ranges once none is unattested any more. */
export async function closeSettled(fleet: Fleet): Promise<void> {
  if (fleet.log.history.unattested.length > 0) return;
  for (const [issue, { cause, phase }] of fleet.log.history.incidents) {
    if (cause !== "range_unattested" || phase === "closed") continue;
    await close(fleet, issue, { cause: "range_settled", text: settledText });
  }
  await fleet.log.flush();
}

async function close(
  fleet: Fleet,
  issue: number,
  { cause, text }: { readonly cause: string; readonly text: string },
): Promise<void> {
  await fleet.forge.closeIssue(issue, text);
  const at = instantOf(fleet.clock.now());
  const about = { site: null, sub: null } as const;
  await fleet.log.append(({ incidents }) =>
    incidents.get(issue)?.phase === "closed"
      ? null
      : { entries: [{ at, cause, issue, kind: "incident", phase: "closed", ...about }] },
  );
}

/** Incident issues that are not closed on record, with the sites they are about. */
function openIncidents(fleet: Fleet): Map<number, Set<SiteId>> {
  const open = new Map<number, Set<SiteId>>();
  for (const entry of fleet.log.entries) {
    if (entry.kind !== "incident") continue;
    if (entry.phase === "closed") open.delete(entry.issue);
    else if (entry.site !== null) {
      open.set(entry.issue, (open.get(entry.issue) ?? new Set()).add(entry.site));
    }
  }
  return open;
}

function isAtRest(fleet: Fleet, site: SiteId): boolean {
  const { history } = fleet.log;
  return levelOf(history, site).level === "normal" && !unfinishedSites(history).has(site);
}
