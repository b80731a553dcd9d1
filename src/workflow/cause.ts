/** Is what caused a level gone? Checked again, at the site and in the log, before any release. */
import type { AuditEntry } from "../contract/audit-entry.ts";
import { ReadinessDetail } from "../contract/evidence-detail.ts";
import type { SiteId } from "../contract/ids.ts";
import { authorisationsOf, readHistory } from "../domain/history.ts";
import { keysOf } from "../domain/key-position.ts";
import { parseCanonical } from "../signing/canonical.ts";
import { ask } from "./ask.ts";
import { type Fleet, pairedSite } from "./fleet.ts";
import { areFilesKnown, isWhereItsFileSays } from "./known-files.ts";
import { ownLevel } from "./levels.ts";
import { isDefaultBranchKnown, lostNow } from "./watch-branches.ts";

/** `null` where it could not be found out. */
export async function causeOf(
  fleet: Fleet,
  scope: SiteId | null,
): Promise<"gone" | "there" | null> {
  const { causes } = ownLevel(fleet.log.history, scope);
  const found = await Promise.all(causes.map((cause) => isGone(fleet, scope, cause)));
  if (found.includes(false)) return "there";
  return found.includes(null) ? null : "gone";
}

async function isGone(fleet: Fleet, scope: SiteId | null, cause: string): Promise<boolean | null> {
  const { history } = fleet.log;
  switch (cause) {
    case "commanded":
    case "panic":
      return true; // a person's word began it, and a person's word ends it
    case "range_unattested":
      return history.unattested.length === 0;
    case "outcome_unknown":
      return scope !== null && hasNoOpenAction(fleet, scope);
    case "rolled_back":
    case "local_restore":
    case "rollback_failed":
    case "site_locked":
    case "receipt_mismatch":
      return scope === null ? null : answersHealthy(fleet, scope);
    case "files_changed":
      return scope === null ? null : areFilesKnown(fleet, scope);
    case "site_moved":
      return scope === null ? null : isWhereItsFileSays(fleet, scope);
    case "restored_or_cloned":
      return scope !== null && isPairedSince(fleet, scope, cause);
    case "log_mismatch":
    case "log_forked":
      return scope === null ? agreesWithSites(fleet) : null;
    case "key_compromised":
      return isReplaced(fleet, scope);
    case "protection_weakened":
      return scope === null ? isProtected(fleet) : null;
    case "default_branch_replaced":
      return scope === null ? isDefaultBranchKnown(fleet) : null;
    default:
      return null;
  }
}

/** A key that two sites have stays with both: only a new one ends that. */
function isPairedSince({ log }: Fleet, site: SiteId, cause: string): boolean {
  return isPairedAfter(log.entries, site, beganAt(log.entries, site, cause));
}

type Entries = readonly AuditEntry[];

const beganAt = (entries: Entries, site: SiteId | null, cause: string): number =>
  entries.findLastIndex((one) => one.kind === "level" && one.site === site && one.cause === cause);

const isPairedAfter = (entries: Entries, site: SiteId, index: number): boolean =>
  entries.findLastIndex((one) => one.kind === "pairing" && one.site === site) > index;

/**
 * A site's key is replaced by a new pairing; what derives from the seed, by a new generation that
 * every site speaks with. Anything less leaves the stolen key in force somewhere.
 */
function isReplaced({ log }: Fleet, scope: SiteId | null): boolean {
  const { entries, history } = log;
  const began = beganAt(entries, scope, "key_compromised");
  if (scope !== null) return isPairedAfter(entries, scope, began);
  const before = readHistory(entries.slice(0, began)).generation;
  const sites = [...history.pairings.values()];
  return (
    history.generation > before &&
    sites.every(({ site, epoch }) => keysOf(history.keys, site, epoch).gen === history.generation)
  );
}

function hasNoOpenAction(fleet: Fleet, site: SiteId): boolean {
  const actions = authorisationsOf(fleet.log.history, site);
  return actions.every(({ end, sentAt }) => end !== null || sentAt === null);
}

/** The site answers a signed question and says that nothing holds it back itself. */
async function answersHealthy(fleet: Fleet, site: SiteId): Promise<boolean | null> {
  if (!hasNoOpenAction(fleet, site)) return false;
  const paired = await pairedSite(fleet, site);
  if (paired === null) return null;
  const arg = '{"health":[],"steps":[],"version":1,"volatile":[]}';
  const answer = await ask(fleet, paired, { ask: "readiness", arg });
  if (answer.kind !== "evidence") return null;
  return answer.claims.ans === "readiness" && isWell(answer.detail);
}

/** Nothing failed: `loopback` is the site's own pages, `lock` its own lock. */
function isWell(text: string): boolean {
  const { data: detail } = ReadinessDetail.safeParse(parseCanonical(text));
  if (detail === undefined) return false;
  const proves = (id: string) =>
    detail.items.some((item) => item.id === id && item.level === "proved");
  return proves("loopback") && proves("lock");
}

async function isProtected(fleet: Fleet): Promise<boolean | null> {
  const lost = await lostNow(fleet);
  return lost === null ? null : lost.length === 0;
}

/** Every head that a site countersigned is one that this log had. */
async function agreesWithSites(fleet: Fleet): Promise<boolean> {
  for (const site of fleet.log.history.pairings.keys()) {
    const head = await fleet.store.seen(fleet.repository.id, site);
    if (head !== null && !(await fleet.log.agreesWith(head))) return false;
  }
  return true;
}
