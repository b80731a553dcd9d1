/** Opens what people need when a change did not end well: one issue, and one proposal back. */
import { pathOfSite } from "../contract/control-repository.ts";
import type { CommitSha, SiteId } from "../contract/ids.ts";
import { editSiteFile } from "../contract/site-file-edit.ts";
import type { Authorisation } from "../domain/history.ts";
import { inverseEdits } from "../domain/inverse-edits.ts";
import { reach } from "../failpoint.ts";
import {
  type HurtSite,
  incidentBody,
  incidentTitle,
  revertBody,
  revertTitle,
  unattestedBody,
} from "../render/incident.ts";
import { receiptDigest } from "./actions.ts";
import { siteFileOf } from "./control-files.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { sitePlanText } from "./planning.ts";

/** Endings that hurt a site or may have: those open an incident. A refusal changed nothing. */
const hurting = new Set<string>([
  "rolled_back",
  "rolled_back_files_only",
  "self_healed",
  "failed_needs_review",
  "local_restore",
]);

/** For the sites of the plan that no incident is open for yet. */
export async function openIncident(
  fleet: Fleet,
  pr: number,
  actions: readonly Authorisation[],
): Promise<void> {
  const known = new Set(
    [...fleet.log.entries].flatMap((entry) => (entry.kind === "incident" ? (entry.sub ?? []) : [])),
  );
  const hurt = actions.filter(
    ({ end, entry }) => end !== null && hurting.has(end.how) && !known.has(entry.sub),
  );
  const [first] = hurt;
  if (first === undefined) return;
  const sites = hurt.map((action): HurtSite => {
    const { site, sub } = action.entry;
    return { site, outcome: action.end?.how ?? "", sub, receipt: receiptDigest(fleet, action) };
  });
  // The name is made of what is undone, so that a second try finds the first one's work.
  const branch = `countersign/revert-${pr}-${first.entry.sub.slice(0, 8)}`;
  reach("incident.before");
  const revert = await openRevert(fleet, { pr, hurt, branch });
  reach("incident.proposed");
  const issue = await fleet.forge.openIssue({
    key: `${pr} ${first.entry.sub}`,
    title: incidentTitle(pr, sites),
    body: incidentBody({ pr, sites, revert }),
  });
  reach("incident.opened");
  const at = instantOf(fleet.clock.now());
  await fleet.log.append(() => ({
    entries: hurt.map(({ entry, end }) => ({
      at,
      cause: end?.how ?? "unknown",
      issue,
      kind: "incident",
      phase: "contained",
      site: entry.site,
      sub: entry.sub,
    })),
  }));
  reach("incident.recorded");
}

/** The proposal that brings these sites' files back; `null` where none can express it. */
async function openRevert(
  fleet: Fleet,
  given: { pr: number; hurt: readonly Authorisation[]; branch: string },
): Promise<number | null> {
  const { pr, hurt, branch } = given;
  const from = await fleet.forge.branchTip(fleet.repository.defaultBranch);
  if (from === null) return null;
  const files = new Map<string, string>();
  const sites: SiteId[] = [];
  for (const { entry } of hurt) {
    const path = pathOfSite(entry.site);
    const text = await revertedFile(fleet, entry, { from, path });
    if (text === null) continue;
    files.set(path, text);
    sites.push(entry.site);
  }
  if (files.size === 0) return null;
  const title = revertTitle(pr, sites);
  return fleet.forge.openPull({ branch, from, files, title, body: revertBody(pr, sites) });
}

async function revertedFile(
  fleet: Fleet,
  { plan: digest, site }: Authorisation["entry"],
  { from, path }: { from: CommitSha; path: string },
): Promise<string | null> {
  const plan = await sitePlanText(fleet, digest);
  const text = (await fleet.forge.controlTree(from)).get(path);
  const edits = plan === null ? null : inverseEdits(plan.steps);
  const edited = typeof text === "string" && edits !== null ? editSiteFile(text, edits) : null;
  // A value that a baseline gave has no line here to bring back: half an entry is no proposal.
  if (edited === null || siteFileOf(new Map([[path, edited]]), site) === null) return null;
  return edited;
}

/** The issue about a range that nobody authorised, and who can settle it. */
export async function reportUnattested(fleet: Fleet, to: CommitSha): Promise<void> {
  const { history } = fleet.log;
  const range = history.ranges.findLast((one) => one.to === to && one.result === "unattested");
  if (range === undefined) return;
  const caused = [...history.siteLevels].filter(([, { cause }]) => cause === "range_unattested");
  const held =
    history.fleetLevel.level === "normal"
      ? caused.map(([site]) => site).join(", ") || "No site"
      : "The whole fleet";
  const issue = await fleet.forge.openIssue({
    key: `range ${to}`,
    title: `Incident: ${to.slice(0, 7)} on the default branch is not authorised`,
    body: unattestedBody({ to, pr: range.pr, reasons: range.reasons, held }),
  });
  const at = instantOf(fleet.clock.now());
  const cause = "range_unattested";
  await fleet.log.append(({ incidents }) =>
    incidents.has(issue)
      ? null
      : {
          entries: [
            { at, cause, issue, kind: "incident", phase: "contained", site: null, sub: null },
          ],
        },
  );
  await fleet.log.flush();
}
