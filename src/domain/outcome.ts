/** What the end of an action means for its site's level. docs/protocol.md, "Containment". */
import type { Level, Mode, Outcome } from "../contract/audit-entry.ts";
import { type LevelCause, moveLevel } from "./containment.ts";
import { type LevelState, levelWithout } from "./history.ts";

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
  site: { readonly mode: Mode; readonly state: LevelState },
): LevelChange | null {
  switch (out) {
    case "applied":
    case "already_applied":
      return site.mode === "recover" ? ended(site.state) : null;
    case "rolled_back":
    case "rolled_back_files_only":
    case "self_healed":
      return detected(site.state, "rolled_back");
    case "local_restore":
      return detected(site.state, "local_restore");
    case "failed_needs_review":
      return detected(site.state, "rollback_failed");
    default:
      return null; // refused: nothing was changed on the site
  }
}

/** The level that a cause tightens to; `null` where it is on record since the level was normal. */
export function detected(state: LevelState, cause: LevelCause): LevelChange | null {
  if (state.causes.includes(cause)) return null;
  return { level: moveLevel(state.level, { kind: "detected", cause }), cause };
}

function ended(state: LevelState): LevelChange | null {
  const level = levelWithout(state, "recovered");
  return level === null ? null : { level, cause: "recovered" };
}
