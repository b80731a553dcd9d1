/**
 * Broken glass has an aftermath: an incident that opens when the range which used it is authorised,
 * and that only a person's recorded review closes: somebody who did not break it.
 */
import type { EntryOf } from "../contract/audit-entry.ts";
import type { CommitSha } from "../contract/ids.ts";
import { incidentsOf } from "../domain/incidents.ts";
import { glassBody, glassTitle, reviewedText } from "../render/glass.ts";
import { mergedFaultText } from "../render/rerun-words.ts";
import { digestOfText } from "../signing/digest.ts";
import { type Answer, said } from "./answer.ts";
import { commandedEntry } from "./commanded.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { GLASS_CAUSE } from "./glass-cause.ts";
import { readMerged, type Spoken } from "./merged.ts";
import { mentionsOf } from "./mentions.ts";
import { readPolicy } from "./review.ts";

/** Opens the incident about the glass that was broken for this merge, once. */
export async function openGlassIncident(fleet: Fleet, merge: CommitSha): Promise<void> {
  const glass = brokenAt(fleet, merge);
  const [first] = glass;
  const { attested } = fleet.log.history;
  if (first === undefined || attested === null) return;
  const { pr } = first;
  const { reading } = await readPolicy(fleet, attested);
  const config = reading.kind === "read" ? reading.config : null;
  const nameOf = (gate: string): string =>
    config?.gates.find(({ name }) => digestOfText(name) === gate)?.name ?? gate;
  const people = new Map<number, string>();
  for (const id of new Set(glass.flatMap(({ by }) => by))) {
    const person = await fleet.forge.person(id);
    if (person !== null) people.set(id, person.login);
  }
  const gates = glass.map(({ gate, by }) => ({ name: nameOf(gate), by }));
  const reviewers = config === null ? null : mentionsOf(config, "release");
  const { plan } = first;
  const issue = await fleet.forge.openIssue({
    key: `glass ${merge}`,
    title: glassTitle(pr),
    body: glassBody({ pr, plan, gates, names: people, reviewers }),
  });
  const at = instantOf(fleet.clock.now());
  const about = { cause: GLASS_CAUSE, issue, site: null, sub: null } as const;
  await fleet.log.append(({ incidents }) =>
    incidents.has(issue)
      ? null
      : { entries: [{ at, ...about, kind: "incident", phase: "in_review", range: merge }] },
  );
  await fleet.log.flush();
}

function brokenAt(fleet: Fleet, merge: string): EntryOf<"glass">[] {
  return fleet.log.entries.filter(
    (entry): entry is EntryOf<"glass"> => entry.kind === "glass" && entry.merge === merge,
  );
}

export interface ReviewedAsked extends Spoken {
  readonly name: "reviewed";
}

/** Closes the incident that it is said on: what was found stays in the comment. */
export async function reviewed(fleet: Fleet, asked: ReviewedAsked): Promise<Answer> {
  const incident = incidentsOf(fleet.log.entries).get(asked.issue);
  const glass =
    incident === undefined || incident.range === null ? [] : brokenAt(fleet, incident.range);
  const [first] = glass;
  if (first === undefined || incident === undefined) return said(reviewedText("no_glass"));
  if (incident.phase === "closed") return said(reviewedText("closed"));
  const { pr } = first;
  const since = incident.openedAt;
  const merged = await readMerged(fleet, { pr, spoken: asked, since, sites: new Set() });
  if ("kind" in merged) return said(mergedFaultText(merged));
  const broke = new Set(glass.flatMap(({ by }) => by));
  if (merged.judged.by.some((id) => broke.has(id))) {
    return said(mergedFaultText({ kind: "refused", reason: "caused_it" }));
  }
  const { issue } = asked;
  const at = instantOf(fleet.clock.now());
  const about = { cause: "reviewed", issue, site: null, sub: null } as const;
  await fleet.log.append(({ incidents }) =>
    incidents.get(issue)?.phase === "closed"
      ? null
      : {
          entries: [
            commandedEntry(asked, { at, by: merged.judged.by, pr, sites: [] }),
            { at, ...about, kind: "incident", phase: "closed" },
          ],
        },
  );
  await fleet.log.flush();
  await fleet.forge.closeIssue(issue, reviewedText("done"));
  return said(reviewedText("done"));
}
