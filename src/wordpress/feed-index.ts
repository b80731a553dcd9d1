/**
 * A feed of known vulnerabilities, by package. Nothing of its text goes further than versions,
 * CVE numbers and ids of a closed form: a feed is somebody else's, and its titles are not shown.
 */
import type { AffectedVersions } from "../contract/facts-policy.ts";
import { Version } from "../contract/ids.ts";

/** More records than any feed has: what is larger is not read at all. */
export const MAX_RECORDS = 500_000;

export interface FeedIndex {
  /** By `core`, `plugins/<slug>`, `themes/<slug>`. */
  readonly affected: Map<string, AffectedVersions[]>;
  /** Packages with a record that cannot be read. */
  readonly unread: Set<string>;
  /** Of which types the feed tells at all: without it nothing is known of any of them. */
  readonly types: ReadonlySet<PackageType>;
}

export type PackageType = "core" | "plugins" | "themes";

/** `null`: the whole text is none of this form. */
export type FeedReader = (document: unknown) => FeedIndex | null;

/** A range as feeds write it; `null` or `*` is *no bound*. */
export interface FeedRange {
  readonly from: string | null;
  readonly fromInclusive: boolean;
  readonly to: string | null;
  readonly toInclusive: boolean;
}

export function noteAffected(
  { affected, unread }: FeedIndex,
  found: { readonly package: string; readonly name: string; readonly range: FeedRange },
): void {
  const range = rangeOf(found.range);
  if (range === null) {
    unread.add(found.package);
    return;
  }
  const known = affected.get(found.package) ?? [];
  known.push({ package: found.package, name: found.name, ...range });
  affected.set(found.package, known);
}

/** The name of a package; slugs are compared in lower case, as their folders are. */
export function packageName(type: PackageType, slug: string): string {
  return type === "core" ? "core" : `${type}/${slug.toLowerCase()}`;
}

/** What people look up: a CVE number, else the feed's own id, else that there is one. */
export function vulnerabilityName(cve: string | null | undefined, id: string): string {
  const isCve = typeof cve === "string" && /^CVE-\d{4}-\d{4,12}$/u.test(cve);
  if (isCve) return cve;
  return /^[A-Za-z0-9-]{1,60}$/u.test(id) ? id : "a record without a name";
}

type Range = Pick<AffectedVersions, "from" | "fromInclusive" | "to" | "toInclusive">;

function rangeOf({ from, fromInclusive, to, toInclusive }: FeedRange): Range | null {
  const [lower, upper] = [boundOf(from), boundOf(to)];
  if (lower === undefined || upper === undefined) return null;
  return {
    from: lower.version,
    fromInclusive: fromInclusive || !lower.isWhole,
    to: upper.version,
    toInclusive: toInclusive || !upper.isWhole,
  };
}

/**
 * Versions here are digits and dots. Of `2.0-rc1` the `2.0` is taken, and counted in: the range may
 * become wider by one version, never narrower.
 */
function boundOf(text: string | null): { version: Version | null; isWhole: boolean } | undefined {
  if (text === null || text === "*") return { version: null, isWhole: true };
  const [, digits = ""] = /^[vV]?(\d+(?:\.\d+)*)/u.exec(text) ?? [];
  const version = Version.safeParse(digits);
  return version.success ? { version: version.data, isWhole: digits === text } : undefined;
}
