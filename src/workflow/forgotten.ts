/**
 * What a process may have left undone whose queue was lost with it: everything that follows from
 * the log alone, and does nothing where it was done. docs/decisions/0017-the-action-without-a-server.md.
 */
import type { SiteId } from "../contract/ids.ts";
import type { History } from "../domain/history.ts";
import { unmergedKeys } from "../domain/proved-pins.ts";
import type { Fleet } from "./fleet.ts";
import type { Job } from "./store-port.ts";

/** How long after its last entry something may still have to be told. */
const toldWithinSeconds = 24 * 3600;

/** None where the queue outlives the process. */
export function forgottenJobs({ forgetsJournal, log, clock }: Fleet): readonly Job[] {
  if (forgetsJournal !== true) return [];
  const { history, entries } = log;
  const runAt = clock.now();
  const isRecent = (at: string) => !(runAt - Date.parse(at) / 1000 > toldWithinSeconds);
  const reports = new Set<string>();
  for (const { entry, end } of history.authorisations.values()) {
    if (end === null || isRecent(end.at)) reports.add(String(entry.pr));
  }
  const told = new Set([...history.incidents.values()].flatMap(({ range }) => range ?? []));
  for (const { to } of history.unattested) if (!told.has(to)) reports.add(`range ${to}`);
  for (const entry of entries) {
    if (entry.kind === "glass" && !told.has(entry.merge)) reports.add(`glass ${entry.merge}`);
  }
  return [
    ...[...reports].map((key): Job => ({ kind: "report", key, runAt })),
    ...orderedKeysets(history).map((key): Job => ({ kind: "keyset", key, runAt })),
    ...openPairings(history, isRecent).map((key): Job => ({ kind: "pair", key, runAt })),
  ];
}

function orderedKeysets({ keys }: History): readonly SiteId[] {
  return [...keys].flatMap(([site, { ordered }]) => (ordered === null ? [] : [site]));
}

/** A key that its site has not answered with, one that is not merged, a site not greeted since. */
function openPairings(
  history: History,
  isRecent: (at: string) => boolean,
): readonly (SiteId | "")[] {
  const received = [...history.windows].flatMap(([site, { received: key }]) => {
    const proved = history.proved.get(site)?.at(-1)?.entry.epoch;
    return key !== null && key.epoch !== proved && isRecent(key.at) ? [site] : [];
  });
  const paired = [...history.pairings].flatMap(([site, { at }]) => (isRecent(at) ? [site] : []));
  const isUnmerged = [...unmergedKeys(history).values()].some(({ entry }) => isRecent(entry.at));
  const unmerged = isUnmerged ? ([""] as const) : [];
  return [...new Set([...received, ...paired, ...unmerged])];
}
