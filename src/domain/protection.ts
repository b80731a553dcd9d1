/**
 * Does GitHub itself keep people from getting past the checks?
 *
 * Protection saves nobody from what the merge is judged by, but it is what makes a mistake refused
 * instead of found. What the App may not see is said as such, and is never taken for protection.
 * Source: docs/decisions/0012-protection-is-read-without-administration.md.
 */
import type { AuditEntry, EntryOf } from "../contract/audit-entry.ts";
import { type ProtectedBranch, ProtectionGap } from "../contract/watch-entry.ts";

/** What stands in a branch's way, as far as it is known; `null` is *the App may not see it*. */
export interface BranchProtection {
  readonly checks: readonly RequiredCheck[];
  /** Commits reach the branch by pull request alone. */
  readonly byPullRequest: boolean | null;
  readonly refusesForcePush: boolean | null;
  readonly refusesDeletion: boolean | null;
  /** The rules bind administrators too. */
  readonly bindsAdministrators: boolean | null;
}

export interface RequiredCheck {
  readonly name: string;
  /** The App whose result alone counts; `null` where anybody's does. */
  readonly app: number | null;
}

/** `weak`: something that is asked for is known to be missing. `unseen`: it may be missing. */
export interface JudgedProtection {
  readonly branch: ProtectedBranch;
  readonly state: "protected" | "weak" | "unseen" | "unread";
  readonly gaps: readonly ProtectionGap[];
  /** What the App may not see; empty where nothing could be read at all. */
  readonly unseen: readonly ProtectionGap[];
}

export const REQUIRED_CHECKS = [
  "countersign/policy",
  "countersign/rollback",
  "countersign/approvals",
] as const;

/** @param read `null` where GitHub did not answer */
export function judgeProtection(
  branch: ProtectedBranch,
  read: BranchProtection | null,
): JudgedProtection {
  if (read === null) return { branch, state: "unread", gaps: [], unseen: [] };
  const answers = questionsOf(branch, read);
  const gaps = answers.flatMap(([gap, holds]) => (holds === false ? [gap] : []));
  const unseen = answers.flatMap(([gap, holds]) => (holds === null ? [gap] : []));
  const state = gaps.length > 0 ? "weak" : unseen.length > 0 ? "unseen" : "protected";
  return { branch, state, gaps, unseen };
}

/** What a protected branch stops. */
const asked: Readonly<Record<ProtectedBranch, readonly ProtectionGap[]>> = {
  default: ProtectionGap.options,
  audit: ["force_push", "deletion"],
};

type Answer = readonly [gap: ProtectionGap, holds: boolean | null];

function questionsOf(branch: ProtectedBranch, read: BranchProtection): readonly Answer[] {
  const lasting: Answer[] = [
    ["force_push", read.refusesForcePush],
    ["deletion", read.refusesDeletion],
  ];
  if (branch === "audit") return lasting;
  const required = REQUIRED_CHECKS.map((name) => read.checks.filter((one) => one.name === name));
  const areAll = required.every((found) => found.length > 0);
  // A check that any App, or anybody with a token, may report is no check of ours.
  const areOurs = required.every((found) => found.every(({ app }) => app !== null));
  return [
    ["check_not_required", areAll],
    ["check_of_anybody", !areAll || areOurs],
    ["direct_push", read.byPullRequest],
    ...lasting,
    ["administrators_pass", read.bindsAdministrators],
  ];
}

/**
 * What is known to be stopped. Of a check that is not required at all nobody knows whose it would
 * have to be.
 */
export function heldBy({ branch, state, gaps, unseen }: JudgedProtection): ProtectionGap[] {
  if (state === "unread") return [];
  const open = new Set([...gaps, ...unseen]);
  if (open.has("check_not_required")) open.add("check_of_anybody");
  return asked[branch].filter((gap) => !open.has(gap));
}

/**
 * What was once stopped and is now known not to be. What cannot be read or seen tells nothing, and
 * takes nothing from what was.
 */
export function lostOf(held: readonly ProtectionGap[], now: JudgedProtection): ProtectionGap[] {
  return held.filter((gap) => now.gaps.includes(gap));
}

/** What the log says was once stopped, and the line that says so. */
export interface KnownProtection {
  readonly entry: EntryOf<"protection">;
  readonly index: number;
}

export function recordedProtection(
  entries: Iterable<AuditEntry>,
): Map<ProtectedBranch, KnownProtection> {
  const found = new Map<ProtectedBranch, KnownProtection>();
  let index = 0;
  for (const entry of entries) {
    if (entry.kind === "protection") found.set(entry.branch, { entry, index });
    index += 1;
  }
  return found;
}
