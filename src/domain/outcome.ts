/** What the end of an action means for its site's level. docs/protocol.md, "Containment". */
import type { Level, Mode, Outcome } from "../contract/audit-entry.ts";

export interface LevelChange {
  readonly level: Level;
  /** Why, in one word of the log. */
  readonly cause: string;
}

/**
 * The level that a receipt causes; `null` where it stays as it is. It only tightens, except that a
 * recovery, which people approved and merged, ends the HOLD it was made for once it ended well. A
 * rollback ends none: the branch still wants what was rolled back.
 */
export function levelAfter(
  out: Outcome,
  site: { readonly mode: Mode; readonly level: Level },
): LevelChange | null {
  switch (out) {
    case "applied":
    case "already_applied":
      return site.mode === "recover" && site.level === "hold"
        ? { level: "normal", cause: "recovered" }
        : null;
    case "rolled_back":
    case "rolled_back_files_only":
    case "self_healed":
      return tighten(site.level, "hold", "rolled_back");
    case "local_restore":
      return tighten(site.level, "hold", "local_restore");
    case "failed_needs_review":
      return tighten(site.level, "contained", "rollback_failed");
    default:
      return null; // refused: nothing was changed on the site
  }
}

const order: Readonly<Record<Level, number>> = { normal: 0, hold: 1, contained: 2 };

function tighten(now: Level, level: Level, cause: string): LevelChange | null {
  return order[level] > order[now] ? { level, cause } : null;
}
