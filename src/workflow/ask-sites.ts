/**
 * Asks every paired site what it runs, where no heartbeat tells it. The same question says what is
 * managed there, so that what a lost run did not say is said by the next.
 */
import type { SiteId } from "../contract/ids.ts";
import type { Fleet } from "./fleet.ts";
import { tellManaged } from "./tell-managed.ts";

/** How many sites are asked at once. */
const concurrency = 8;

/** @returns those that did not say it */
export async function askSites(fleet: Fleet): Promise<readonly SiteId[]> {
  const open = [...fleet.log.history.pairings.keys()].toSorted();
  const silent: SiteId[] = [];
  const next = async (): Promise<void> => {
    for (let site = open.shift(); site !== undefined; site = open.shift()) {
      await tellManaged(fleet, site);
      if ((await fleet.store.inventory(fleet.repository.id, site)) === null) silent.push(site);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, open.length) }, next));
  return silent.toSorted();
}
