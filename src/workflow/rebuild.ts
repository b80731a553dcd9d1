/**
 * After the database was lost: what git and the sites know is asked for again. The log itself came
 * back when the fleet was opened. No action begins here: sites are only asked what became of what
 * they were sent, and an action that never ran goes on by itself later, under the same `sub`.
 */
import type { SiteId } from "../contract/ids.ts";
import type { Authorisation } from "../domain/history.ts";
import { nextAction } from "./may-run.ts";
import { ask } from "./ask.ts";
import { type Fleet, pairedSite } from "./fleet.ts";
import { record } from "./record.ts";

/** What a site said of its open action. */
export type Asked = "settled" | "running" | "not_seen" | "unreachable" | "unpaired";

export interface Rebuilt {
  /** Entries of the log. */
  readonly entries: number;
  /** Sites whose next action had no end in the log, and what each said. */
  readonly sites: ReadonlyMap<SiteId, Asked>;
}

/** Entries that the branch did not have are lost with the database: what they told is asked anew. */
export async function rebuild(
  fleet: Fleet,
  onProgress: (site: SiteId, said: Asked) => void = () => {},
): Promise<Rebuilt> {
  const sites = new Map<SiteId, Asked>();
  for (const site of openSites(fleet)) {
    let said: Asked = "settled";
    // What stands behind a settled action was never sent: the site is asked about it, too.
    for (let next = nextOf(fleet, site); next !== undefined; next = nextOf(fleet, site)) {
      said = await askAbout(fleet, next);
      if (said !== "settled") break;
    }
    sites.set(site, said);
    onProgress(site, said);
  }
  await fleet.log.flush();
  const runAt = fleet.clock.now();
  await fleet.store.enqueue(fleet.repository.id, { kind: "sweep", key: "", runAt });
  return { entries: fleet.log.size, sites };
}

const nextOf = (fleet: Fleet, site: SiteId) => nextAction(fleet.log.history, site);

function openSites({ log }: Fleet): ReadonlySet<SiteId> {
  const all = [...log.history.authorisations.values()];
  return new Set(all.flatMap(({ end, entry }) => (end === null ? [entry.site] : [])));
}

async function askAbout(fleet: Fleet, next: Authorisation): Promise<Asked> {
  const paired = await pairedSite(fleet, next.entry.site);
  if (paired === null) return "unpaired";
  const answer = await ask(fleet, paired, { ask: "outcome", arg: next.entry.sub });
  switch (answer.kind) {
    case "receipt":
      return (await record(fleet, next, answer)) ? "settled" : "running";
    case "silence":
      return "unreachable";
    case "evidence":
      return answer.claims.ans === "not_seen" ? "not_seen" : "running";
  }
}
