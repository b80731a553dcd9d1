/**
 * The shape of Wordfence Intelligence: one object, a record for each vulnerability by its id.
 * Source: https://www.wordfence.com/help/wordfence-intelligence/v3-accessing-and-consuming-the-vulnerability-data-feed/
 */
import {
  WordfenceAffected,
  WordfenceFeed,
  type WordfenceRecord,
  WordfenceSoftware,
} from "../contract/vulnerability-feed.ts";
import {
  type FeedIndex,
  MAX_RECORDS,
  noteAffected,
  packageName,
  type PackageType,
  vulnerabilityName,
} from "./feed-index.ts";

const types: Readonly<Record<"core" | "plugin" | "theme", PackageType>> = {
  core: "core",
  plugin: "plugins",
  theme: "themes",
};

export function readWordfence(document: unknown): FeedIndex | null {
  const feed = WordfenceFeed.safeParse(document);
  if (!feed.success) return null;
  const records = Object.values(feed.data);
  if (records.length > MAX_RECORDS) return null;
  const index: FeedIndex = {
    affected: new Map(),
    unread: new Set(),
    types: new Set(["core", "plugins", "themes"]),
  };
  for (const record of records) {
    if (record.informational === true) continue;
    if (!record.software.every((software) => noteSoftware(index, record, software))) return null;
  }
  return index;
}

/** @returns whether it is known which package it is about */
function noteSoftware(
  index: FeedIndex,
  { id, cve }: Pick<WordfenceRecord, "id" | "cve">,
  software: unknown,
): boolean {
  const named = WordfenceSoftware.safeParse(software);
  if (!named.success) return false;
  const name = packageName(types[named.data.type], named.data.slug);
  const affected = WordfenceAffected.safeParse(software);
  if (!affected.success) {
    index.unread.add(name);
    return true;
  }
  for (const range of Object.values(affected.data.affected_versions)) {
    noteAffected(index, {
      package: name,
      name: vulnerabilityName(cve, id),
      range: {
        from: range.from_version,
        fromInclusive: range.from_inclusive,
        to: range.to_version,
        toInclusive: range.to_inclusive,
      },
    });
  }
  return true;
}
