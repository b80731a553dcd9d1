/** What the end of an action means for its site's level. docs/protocol.md, "Containment". */
import type { Level, Mode, Outcome } from "../contract/audit-entry.ts";
import { type LevelCause, type LevelMove, moveLevel } from "./containment.ts";

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
      return site.mode === "recover" ? moved(site.level, { kind: "recovered" }, "recovered") : null;
    case "rolled_back":
    case "rolled_back_files_only":
    case "self_healed":
      return detected(site.level, "rolled_back");
    case "local_restore":
      return detected(site.level, "local_restore");
    case "failed_needs_review":
      return detected(site.level, "rollback_failed");
    default:
      return null; // refused: nothing was changed on the site
  }
}

/** The level that a cause tightens to; `null` where the site is at it already. */
export function detected(level: Level, cause: LevelCause): LevelChange | null {
  return moved(level, { kind: "detected", cause }, cause);
}

function moved(level: Level, move: LevelMove, cause: string): LevelChange | null {
  const next = moveLevel(level, move);
  return next === level ? null : { level: next, cause };
}
