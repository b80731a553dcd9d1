/**
 * Containment: three levels, per site and per fleet; the effective one is the higher.
 *
 * Automatic moves only tighten. Loosening takes named people (rights.ts judges them), the end of
 * what caused the level, or a site that begins anew. No move writes to a site: a level is data
 * that every message carries. Source: docs/protocol.md, "Containment".
 */
import type { Level, Mode } from "../contract/audit-entry.ts";

/** What is detected, and how far it tightens. */
export const LEVEL_OF_CAUSE = {
  outcome_unknown: "hold",
  restored_or_cloned: "hold",
  files_changed: "hold",
  rolled_back: "hold",
  local_restore: "hold",
  site_locked: "hold",
  range_unattested: "hold",
  log_mismatch: "hold",
  protection_weakened: "hold",
  default_branch_replaced: "hold",
  site_moved: "hold",
  rollback_failed: "contained",
  log_forked: "contained",
  receipt_mismatch: "contained",
  key_compromised: "contained",
} as const satisfies Readonly<Record<string, Level>>;
export type LevelCause = keyof typeof LEVEL_OF_CAUSE;

export type LevelMove =
  | { readonly kind: "detected"; readonly cause: LevelCause }
  | { readonly kind: "commanded"; readonly command: "hold" | "panic" }
  /** Its people, number and cause were judged by `judgeCommands`. */
  | { readonly kind: "released" }
  /** The action of an approved recovery ended well on the site. */
  | { readonly kind: "recovered" }
  /** The unattested range that caused the level was settled. */
  | { readonly kind: "settled" }
  /** The site was paired anew or removed. */
  | { readonly kind: "replaced" };

/** The level after the move. A move of a kind that is not known here only tightens. */
export function moveLevel(level: Level, move: LevelMove): Level {
  if (move.kind === "released" || move.kind === "replaced") return "normal";
  if (move.kind === "recovered" || move.kind === "settled") {
    return level === "contained" ? "contained" : "normal";
  }
  return higherLevel(level, tightenedBy(move));
}

function tightenedBy(move: Extract<LevelMove, { kind: "detected" | "commanded" }>): Level {
  if (move.kind === "detected") return LEVEL_OF_CAUSE[move.cause];
  return move.command === "hold" ? "hold" : "contained";
}

const order: readonly Level[] = ["normal", "hold", "contained"];

export function higherLevel(one: Level, other: Level): Level {
  return order.indexOf(one) >= order.indexOf(other) ? one : other;
}

/** The higher of a site's own level and the fleet's; `null` where either is unread. */
export function effectiveLevel(site: Level | null, fleet: Level | null): Level | null {
  if (site === "contained" || fleet === "contained") return "contained";
  return site === null || fleet === null ? null : higherLevel(site, fleet);
}

/**
 * Whether an action may run on a site: at HOLD only an approved recovery, at CONTAINED one at a
 * time. `running` counts the recoveries that run under the same level; an unread level runs none.
 */
export function mayRun(
  level: Level | null,
  action: { readonly mode: Mode; readonly running: number },
): boolean {
  if (level === "normal") return true;
  const recovers = action.mode !== "apply";
  if (level === "hold") return recovers;
  return level === "contained" && recovers && action.running === 0;
}

/** How many people have to release it: a level that is unread asks for the most. */
export function peopleToRelease(level: Level | null): number {
  return level === "contained" || level === null ? 2 : 1;
}
