/** Closes an incident once every site of it ended well and stands at NORMAL again. */
import type { AuditEntry } from "../contract/audit-entry.ts";
import type { SiteId } from "../contract/ids.ts";
import { type Authorisation, endedWell, levelOf, unfinishedSites } from "../domain/history.ts";
import { recoveredText } from "../render/incident.ts";
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
    await fleet.forge.closeIssue(issue, recoveredText([...sites]));
    const at = instantOf(fleet.clock.now());
    const closed: AuditEntry = {
      at,
      cause: "recovered",
      issue,
      kind: "incident",
      phase: "closed",
      site: null,
      sub: null,
    };
    await fleet.log.append(() => ({ entries: [closed] }));
  }
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
