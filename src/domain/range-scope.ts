/**
 * What does a range touch, and what does an unattested one hold?
 *
 * Its sites; the fleet if it changed control files, was a force-push, names no site, or is not
 * known. Source: docs/protocol.md, "Ranges".
 */
import type { Level } from "../contract/audit-entry.ts";
import type { ChangeFacts } from "../contract/facts-range.ts";
import type { Facts } from "../contract/facts.ts";
import { higherLevel, moveLevel } from "./containment.ts";
import { changesControl, sitesOf } from "./planned.ts";
import { levelOfSite } from "./policy-waits.ts";

/** Sites, or the whole fleet. */
export type Scope = "fleet" | readonly string[];

export interface RangeContent {
  readonly changes: readonly ChangeFacts[] | null;
  /** `countersign.yml` after the range; `null` where it left the file alone. */
  readonly config: string | null;
}

/** What an unattested range of this content holds. `null`: the content is not known. */
export function scopeOf(content: RangeContent | null, inForce: string | null): Scope {
  if (content === null || content.changes === null) return "fleet";
  if (editsConfig(content, inForce) || content.changes.some(changesControl)) return "fleet";
  const sites = sitesOf(content.changes);
  return sites.length === 0 ? "fleet" : sites;
}

function editsConfig({ config }: RangeContent, inForce: string | null): boolean {
  return config !== null && config !== inForce;
}

/** The highest level of the touched sites once the range is decided; `null` where it is unread. */
export function levelAfter(
  facts: Facts,
  range: {
    readonly touched: readonly string[];
    readonly held: Scope;
    readonly isAttested: boolean;
  },
): Level | null {
  const released = range.isAttested ? releasedBy(facts) : [];
  const sites = range.touched.length === 0 ? [null] : range.touched;
  const levels = sites.map((site): Level | null => {
    const level = levelOfSite(facts.levels, site);
    if (holds(range.held, site)) return higherLevel(level ?? "hold", "hold");
    if (level === null || !released.some((scope) => holds(scope, site))) return level;
    return moveLevel(level, { kind: "settled" });
  });
  return levels.reduce<Level | null>(
    (highest, level) => (highest === null || level === null ? null : higherLevel(highest, level)),
    "normal",
  );
}

/** What the ranges that this one settles had held. */
function releasedBy({ branch, config }: Facts): Scope[] {
  return (branch?.unattested ?? []).map((range) => scopeOf(range, config?.text ?? null));
}

function holds(scope: Scope, site: string | null): boolean {
  return scope === "fleet" || (site !== null && scope.includes(site));
}
