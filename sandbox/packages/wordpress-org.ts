/** The answers of api.wordpress.org that Countersign reads, in their own shape. */
import type { PackageEntry } from "./release.ts";

const ROUTES: Readonly<Record<string, { kind: PackageEntry["kind"]; action: string }>> = {
  "/plugins/info/1.2/": { kind: "plugins", action: "plugin_information" },
  "/themes/info/1.2/": { kind: "themes", action: "theme_information" },
};

export interface PackageInformation {
  readonly name: string;
  readonly slug: string;
  /** The newest version. */
  readonly version: string;
  readonly requires: string;
  readonly requires_php: string;
  /** As WordPress.org writes it: `2026-10-12 9:00am GMT`. */
  readonly last_updated: string;
  readonly download_link: string;
  /** Every version's download address, oldest first. */
  readonly versions: Readonly<Record<string, string>>;
}

/** The information a request asks for; `undefined` when it asks for nothing that is here. */
export function informationOf(
  url: URL,
  packages: readonly PackageEntry[],
): PackageInformation | undefined {
  const route = ROUTES[url.pathname];
  if (route === undefined || url.searchParams.get("action") !== route.action) return undefined;
  const slug = url.searchParams.get("request[slug]");
  const releases = packages
    .filter((each) => each.kind === route.kind && each.slug === slug)
    .toSorted((a, b) => a.releasedAt.localeCompare(b.releasedAt));
  const newest = releases.at(-1);
  if (newest === undefined) return undefined;
  return {
    name: nameOf(newest.slug),
    slug: newest.slug,
    version: newest.version,
    requires: newest.requires,
    requires_php: newest.requiresPhp,
    last_updated: wordsOf(newest.releasedAt),
    download_link: newest.url,
    versions: Object.fromEntries(releases.map((each) => [each.version, each.url])),
  };
}

function nameOf(slug: string): string {
  return slug.replaceAll(/(^|-)([a-z])/gu, (_match, dash: string, letter: string) => {
    return (dash === "" ? "" : " ") + letter.toUpperCase();
  });
}

function wordsOf(instant: string): string {
  const at = new Date(instant);
  const hour = at.getUTCHours();
  const minutes = String(at.getUTCMinutes()).padStart(2, "0");
  return `${instant.slice(0, 10)} ${hour % 12 || 12}:${minutes}${hour < 12 ? "am" : "pm"} GMT`;
}
