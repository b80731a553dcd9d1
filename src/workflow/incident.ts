/** Opens what people need when a change did not end well: one issue for each plan, and the way back. */
import type { CommitSha } from "../contract/ids.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import type { Authorisation } from "../domain/history.ts";
import { openIncidents } from "../domain/incidents.ts";
import { reach } from "../failpoint.ts";
import {
  type HurtSite,
  incidentBody,
  incidentTitle,
  incidentUpdate,
  unattestedBody,
} from "../render/incident.ts";
import { receiptDigest } from "./actions.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { mentionsOf } from "./mentions.ts";
import { readPolicy } from "./review.ts";
import { sayOnce } from "./say-once.ts";
import { openWayBack } from "./way-back.ts";

/** Endings that hurt a site or may have: those open an incident. A refusal changed nothing. */
const hurting = new Set<string>([
  "rolled_back",
  "rolled_back_files_only",
  "self_healed",
  "failed_needs_review",
  "local_restore",
]);

/**
 * For the sites of the plan that no incident tells of yet. While one about the same plan is open it
 * is told there: one cause is one issue.
 */
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
  // Nothing takes a way back, back: what hurt a recovery or a rollback is for people to look at.
  const forward = hurt.filter(({ entry }) => entry.mode === "apply");
  reach("incident.before");
  const revert = await openWayBack(fleet, pr, forward);
  reach("incident.proposed");
  const told = { pr, sites, revert, reviewers: await releasers(fleet) };
  const open = incidentOfPlan(fleet, pr);
  const issue =
    open ??
    (await fleet.forge.openIssue({
      key: `${pr} ${first.entry.sub}`,
      title: incidentTitle(pr, sites),
      body: incidentBody(told),
    }));
  if (open !== null) await sayOnce(fleet, open, first.entry.sub, incidentUpdate(told));
  reach("incident.opened");
  const at = instantOf(fleet.clock.now());
  await fleet.log.append(() => ({
    entries: hurt.map(({ entry, end }) => ({
      at,
      cause: end?.how ?? "unknown",
      issue,
      kind: "incident",
      phase: "contained",
      ...(revert === null ? {} : { proposal: revert }),
      site: entry.site,
      sub: entry.sub,
    })),
  }));
  reach("incident.recorded");
}

function incidentOfPlan(fleet: Fleet, pr: number): number | null {
  const { authorisations } = fleet.log.history;
  const found = openIncidents(fleet.log.entries).findLast(({ actions }) =>
    actions.some((sub) => authorisations.get(sub)?.entry.pr === pr),
  );
  return found?.issue ?? null;
}

/** Whom an incident asks, by the policy in force; `null` where that names nobody. */
export async function releasers(fleet: Fleet): Promise<string | null> {
  const config = await policyInForce(fleet);
  return config === null ? null : mentionsOf(config, "release");
}

async function policyInForce(fleet: Fleet): Promise<FleetConfig | null> {
  const { attested } = fleet.log.history;
  const policy = attested === null ? null : await readPolicy(fleet, attested);
  return policy?.reading.kind === "read" ? policy.reading.config : null;
}

/** The issue about a range that nobody authorised, and who can settle it. */
export async function reportUnattested(fleet: Fleet, to: CommitSha): Promise<void> {
  const { history } = fleet.log;
  const range = history.ranges.findLast((one) => one.to === to && one.result === "unattested");
  if (range === undefined) return;
  const caused = [...history.siteLevels].filter(([, { causes }]) =>
    causes.includes("range_unattested"),
  );
  const held =
    history.fleetLevel.level === "normal"
      ? caused.map(([site]) => site).join(", ") || "No site"
      : "The whole fleet";
  const issue = await fleet.forge.openIssue({
    key: `range ${to}`,
    title: `Incident: ${to.slice(0, 7)} on the default branch is not authorised`,
    body: unattestedBody({
      to,
      pr: range.pr,
      reasons: range.reasons,
      held,
      reviewers: await releasers(fleet),
    }),
  });
  const at = instantOf(fleet.clock.now());
  const about = { cause: "range_unattested", issue, range: to, site: null, sub: null } as const;
  await fleet.log.append(({ incidents }) =>
    incidents.has(issue)
      ? null
      : { entries: [{ at, ...about, kind: "incident", phase: "contained" }] },
  );
  await fleet.log.flush();
}
