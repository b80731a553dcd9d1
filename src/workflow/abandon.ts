/**
 * `abandon`: a person gives up what is left of a merged plan. Its sites hold up nobody any more,
 * and a proposal makes the branch say what they run.
 */
import type { AuditEntry } from "../contract/audit-entry.ts";
import { abandoningOf } from "../domain/rerun.ts";
import type { Authorisation } from "../domain/history.ts";
import { abandonedText, mergedFaultText } from "../render/rerun-words.ts";
import { type Answer, said } from "./answer.ts";
import { commandedEntry } from "./commanded.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { authorisedRange, readMerged, type Spoken } from "./merged.ts";
import { openWayBack } from "./way-back.ts";

export interface AbandonAsked extends Spoken {
  readonly name: "abandon";
  /** The pull request that it was said on; `null` on an issue. */
  readonly pull: number | null;
}

export async function abandon(fleet: Fleet, asked: AbandonAsked): Promise<Answer> {
  const pr = asked.target === null ? asked.pull : Number(asked.target);
  const range = pr === null ? undefined : authorisedRange(fleet.log.history, pr);
  if (pr === null || range === undefined) {
    return said(mergedFaultText({ kind: "not_merged", pr }));
  }
  const { at: since } = range;
  const merged = await readMerged(fleet, { pr, spoken: asked, since, sites: new Set() });
  if ("kind" in merged) return said(mergedFaultText(merged));
  const now = fleet.clock.now();
  const at = instantOf(now);
  let given: readonly Authorisation[] = [];
  let underWay: readonly string[] = [];
  await fleet.log.append((history) => {
    // Judged in the turn that writes it: what was sent meanwhile is not given up.
    ({ actions: given, underWay } = abandoningOf(history, pr));
    if (given.length === 0) return null;
    const sites = given.map(({ entry }) => entry.site);
    const word = commandedEntry(asked, { at, by: merged.judged.by, pr, sites });
    const ends = given.map(({ entry }): AuditEntry => ({
      at,
      how: "abandoned",
      kind: "ended",
      sub: entry.sub,
    }));
    const report = { kind: "report", key: String(pr), runAt: now } as const;
    return { entries: [word, ...ends], jobs: [report] };
  });
  await fleet.log.flush();
  const sites = given.map(({ entry }) => entry.site);
  const back = await openWayBack(fleet, pr, given, "abandon");
  return said(abandonedText({ pr, sites, underWay, back }));
}
