/** One line about each branch whose protection is not known to be whole. */
import type { ProtectedBranch, ProtectionGap } from "../contract/watch-entry.ts";
import type { JudgedProtection } from "../domain/protection.ts";
import { listed } from "./markdown.ts";

const branchWords: Readonly<Record<ProtectedBranch, string>> = {
  default: "the default branch",
  audit: "the branch `countersign/audit`",
};
const gapWords: Readonly<Record<ProtectionGap, string>> = {
  check_not_required: "merging without the three checks",
  check_of_anybody: "other Apps reporting the three checks",
  direct_push: "pushing past a pull request",
  force_push: "force-pushing",
  deletion: "deleting it",
  administrators_pass: "administrators passing the rules",
};
const help = "see *Protect two branches* in docs/operations.md";

/** What people may do now that GitHub kept them from. */
export const gapWord = ({
  branch,
  gap,
}: {
  readonly branch: ProtectedBranch;
  readonly gap: ProtectionGap;
}): string => `GitHub does not stop ${gapWords[gap]} on ${branchWords[branch]} any more`;

/** Everything that is not known to be stopped. Empty where both branches are protected. */
export function protectionLines(judged: readonly JudgedProtection[]): string[] {
  return judged.flatMap((one) => line(one) ?? []);
}

/** What is known to be missing, or could not be read: people should act on it. */
export function protectionWarnings(judged: readonly JudgedProtection[]): string[] {
  return protectionLines(judged.filter(({ state }) => state !== "unseen"));
}

function line({ branch, state, gaps, unseen }: JudgedProtection): string | null {
  const what = branchWords[branch];
  switch (state) {
    case "protected":
      return null;
    case "weak":
      return `⚠️ GitHub does not stop ${listed(gaps.map((gap) => gapWords[gap]))} on ${what}: ${help}.`;
    case "unseen":
      return `ℹ️ Countersign cannot see whether GitHub stops ${listed(unseen.map((gap) => gapWords[gap]))} on ${what}: more would take the permission *Administration*.`;
    case "unread":
      return `⚠️ The protection of ${what} could not be read: nobody knows what GitHub stops there.`;
  }
}
