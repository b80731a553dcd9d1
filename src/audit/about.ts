/** Which entries of a log tell of a proposal, a site or a commit. */
import type { AuditEntry } from "../contract/audit-entry.ts";
import type { ActionId, SiteId } from "../contract/ids.ts";

export type About =
  | { readonly kind: "pr"; readonly pr: number }
  | { readonly kind: "site"; readonly site: SiteId }
  /** A commit's first digits: what was proposed, merged, or settled up to there. */
  | { readonly kind: "commit"; readonly commit: string };

/** Indices in the log's order. */
export function entriesAbout(entries: readonly AuditEntry[], about: About): readonly number[] {
  const subs = new Set<ActionId>();
  const prs = prsOf(entries, about);
  for (const entry of entries) {
    if (entry.kind !== "authorised") continue;
    if (about.kind === "site" ? entry.site === about.site : prs.has(entry.pr)) subs.add(entry.sub);
  }
  return entries.flatMap((entry, index) => (tells(entry, { about, prs, subs }) ? index : []));
}

/** Proposals that the question is about; of a site those that brought it an action or its key. */
function prsOf(entries: readonly AuditEntry[], about: About): ReadonlySet<number> {
  if (about.kind === "pr") return new Set([about.pr]);
  return new Set(
    entries.flatMap((entry) => {
      const names =
        about.kind === "site"
          ? (entry.kind === "authorised" || entry.kind === "pairing") && entry.site === about.site
          : commitsOf(entry).some((commit) => commit.startsWith(about.commit));
      return names && "pr" in entry ? (entry.pr ?? []) : [];
    }),
  );
}

function commitsOf(entry: AuditEntry): readonly string[] {
  switch (entry.kind) {
    case "plan.shown":
    case "verdict":
      return [entry.head];
    case "range":
      return [entry.to];
    case "authorised":
    case "glass":
      return [entry.merge];
    case "pairing":
    case "fleet.bootstrapped":
      return [entry.commit];
    default:
      return [];
  }
}

interface Question {
  readonly about: About;
  readonly prs: ReadonlySet<number>;
  readonly subs: ReadonlySet<ActionId>;
}

function tells(entry: AuditEntry, { about, prs, subs }: Question): boolean {
  const site = about.kind === "site" ? about.site : null;
  switch (entry.kind) {
    case "authorised":
    case "sent":
    case "not_run":
    case "ended":
      return subs.has(entry.sub);
    case "receipt":
      return subs.has(entry.sub) || entry.site === site;
    case "readiness.shown":
      return prs.has(entry.pr) && (site === null || entry.site === site);
    case "pairing.opened":
    case "pairing.received":
    case "pairing.proved":
    case "keyset":
    case "drift":
    case "silence":
      return entry.site === site;
    case "pairing":
      return site === null ? entry.pr !== null && prs.has(entry.pr) : entry.site === site;
    case "level":
      return site !== null && (entry.site === site || entry.site === null);
    case "incident":
      return (entry.sub !== null && subs.has(entry.sub)) || (site !== null && entry.site === site);
    case "plan.shown":
    case "verdict":
    case "glass":
      return prs.has(entry.pr);
    case "answered":
      return prs.has(entry.issue);
    case "hearing":
      return false; // of the fleet, and of no proposal
    case "commanded":
      return site === null ? entry.pr !== null && prs.has(entry.pr) : entry.sites.includes(site);
    case "range":
      return entry.pr === null ? isNamed(entry.to, about) : prs.has(entry.pr);
    case "generation":
      return site !== null;
    case "fleet.bootstrapped":
      return isNamed(entry.commit, about);
    case "protection":
      return false; // it is about the fleet
  }
}

const isNamed = (commit: string, about: About): boolean =>
  about.kind === "commit" && commit.startsWith(about.commit);
