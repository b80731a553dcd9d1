/**
 * The shape of WPScan's data: entries by slug, as its API and its files have them, under `plugins`,
 * `themes` and `wordpresses`. Of a type that is left out nothing is known. For WordPress itself the
 * entries are by version: each is about that version alone.
 * Source: https://wpscan.com/docs/api/v3/
 */
import { WpscanEntry, WpscanFeed } from "../contract/vulnerability-feed.ts";
import {
  type FeedIndex,
  MAX_RECORDS,
  noteAffected,
  packageName,
  type PackageType,
  vulnerabilityName,
} from "./feed-index.ts";

export function readWpscan(document: unknown): FeedIndex | null {
  const feed = WpscanFeed.safeParse(document);
  if (!feed.success) return null;
  const { plugins, themes, wordpresses } = feed.data;
  const parts = [
    ["plugins", plugins],
    ["themes", themes],
    ["core", wordpresses],
  ] as const;
  const known = parts.flatMap(([type, part]) =>
    part === undefined ? [] : [[type, Object.entries(part)] as const],
  );
  const count = known.reduce((sum, [, part]) => sum + part.length, 0);
  if (count > MAX_RECORDS) return null;
  const index: FeedIndex = {
    affected: new Map(),
    unread: new Set(),
    types: new Set(known.map(([type]) => type)),
  };
  for (const [type, part] of known) {
    for (const [slug, entry] of part) noteEntry(index, { type, slug, entry });
  }
  return index;
}

function noteEntry(
  index: FeedIndex,
  { type, slug, entry }: { type: PackageType; slug: string; entry: unknown },
): void {
  const name = packageName(type, slug);
  const read = WpscanEntry.safeParse(entry);
  if (!read.success) {
    index.unread.add(name);
    return;
  }
  for (const { id, references, introduced_in, fixed_in } of read.data.vulnerabilities) {
    const cve = references?.cve?.[0];
    const all = { from: introduced_in ?? null, fromInclusive: true, to: fixed_in };
    const range =
      type === "core"
        ? { from: slug, fromInclusive: true, to: slug, toInclusive: true }
        : { ...all, toInclusive: false };
    noteAffected(index, {
      package: name,
      name: vulnerabilityName(cve === undefined ? cve : asCve(cve), id),
      range,
    });
  }
}

/** WPScan writes the number alone. */
const asCve = (text: string): string => (text.startsWith("CVE-") ? text : `CVE-${text}`);
