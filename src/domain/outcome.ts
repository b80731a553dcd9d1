/** What the end of an action means for its site's level. docs/protocol.md, "Containment". */
import type { Level, Mode, Outcome } from "../contract/audit-entry.ts";
import { type LevelCause, moveLevel } from "./containment.ts";
import { type LevelState, levelWithout } from "./level-state.ts";

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
  site: { readonly mode: Mode; readonly state: LevelState; readonly at: string },
): LevelChange | null {
  switch (out) {
    case "applied":
    case "already_applied":
      return site.mode === "recover" ? ended(site.state) : null;
    case "rolled_back":
    case "rolled_back_files_only":
    case "self_healed":
      return happened(site.state, "rolled_back", site.at);
    case "local_restore":
      return happened(site.state, "local_restore", site.at);
    case "failed_needs_review":
      return detected(site.state, "rollback_failed", site.at);
    default:
      return null; // refused: nothing was changed on the site
  }
}

/**
 * The level that a signal tightens to; `null` where its cause is on record since the level was
 * normal: signals repeat. What comes back within a day of its last time is no accident any more.
 */
export function detected(state: LevelState, cause: LevelCause, at: string): LevelChange | null {
  if (state.causes.includes(cause)) return null;
  const level = moveLevel(state.level, { kind: "detected", cause });
  return { level: recurs(state, cause, at) ? "contained" : level, cause };
}

/** The same for an event of its own, such as a receipt: a second one counts although it is held. */
function happened(state: LevelState, cause: LevelCause, at: string): LevelChange | null {
  if (!state.causes.includes(cause)) return detected(state, cause, at);
  const escalates = state.level !== "contained" && recurs(state, cause, at);
  return escalates ? { level: "contained", cause } : null;
}

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;
/** What happened to a site itself. An answer that stays away, or a push, is no worse the second time. */
const escalating = new Set<LevelCause>([
  "rolled_back",
  "local_restore",
  "files_changed",
  "restored_or_cloned",
  "site_locked",
]);

function recurs({ seen }: LevelState, cause: LevelCause, at: string): boolean {
  const last = seen.get(cause);
  if (last === undefined || !escalating.has(cause)) return false;
  // A time that cannot be read escalates too.
  return !(Date.parse(at) - Date.parse(last) > DAY_MILLISECONDS);
}

function ended(state: LevelState): LevelChange | null {
  const level = levelWithout(state, "recovered");
  return level === null ? null : { level, cause: "recovered" };
}
