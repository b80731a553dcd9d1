/**
 * Does GitHub itself keep people from getting past the checks?
 *
 * Protection saves nobody from what the merge is judged by, but it is what makes a mistake refused
 * instead of found. What the App may not see is said as such, and is never taken for protection.
 * Source: docs/decisions/0012-protection-is-read-without-administration.md.
 */

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

/** The default branch takes proposals, the audit branch is written by the App alone. */
export type ProtectedBranch = "default" | "audit";

/** In the order in which they are shown. */
export type ProtectionGap =
  | "check_not_required"
  | "check_of_anybody"
  | "direct_push"
  | "force_push"
  | "deletion"
  | "administrators_pass";

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
 * Whether a protection is weaker than it was: something that held is now known not to hold.
 * What could not be read, then or now, tells nothing.
 */
export function isWeakened(before: JudgedProtection, now: JudgedProtection): boolean {
  if (before.state === "unread" || now.state === "unread") return false;
  const known = new Set([...before.gaps, ...before.unseen]);
  return now.gaps.some((gap) => !known.has(gap));
}
