/** Where a run may not use its keys, and what its administrators have to do. */
import type { BranchOpening, RunProtection } from "../src/domain/run-protection.ts";
import { CountersignError } from "../src/errors.ts";
import type { Run } from "./inputs.ts";

/** @throws CountersignError `run_refused`: what runs here may have been written by anybody */
export function refuseOtherBranches(run: Run, defaultBranch: string): void {
  const branch = `refs/heads/${defaultBranch}`;
  const workflows = `${run.owner}/${run.repo}/.github/workflows/`;
  const { ref, workflowRef } = run;
  if (ref !== branch) throw refused(`The run stands on ${ref} and not on ${branch}.`);
  // A reusable workflow of another repository is others' to change.
  if (workflowRef.startsWith(workflows) && workflowRef.endsWith(`@${branch}`)) return;
  throw refused(`The workflow ${workflowRef} is none of ${branch}.`);
}

/** @throws CountersignError `environment_open` or `branch_open` */
export function refuseOpen(protection: RunProtection): void {
  switch (protection.kind) {
    case "closed":
      return;
    case "environment_open":
      throw new CountersignError(
        "environment_open",
        `The environment \`countersign\` is open: ${environmentWords[protection.reason]}.`,
        {
          hint: "An administrator allows it for the default branch alone (`countersign init` does it). Private repositories need a plan of GitHub with environments.",
        },
      );
    case "branch_open":
      throw new CountersignError(
        "branch_open",
        `The default branch is open: ${protection.openings.map((one) => branchWords[one]).join("; ")}.`,
        {
          hint: "An administrator sets what is missing (`countersign init` does it), looks at the bypass list, and brings `action:` in countersign.yml up to date.",
        },
      );
  }
}

const environmentWords = {
  no_environment: "there is none",
  any_branch: "every branch may use it",
  other_branches: "other branches or tags than the default branch may use it",
} as const;

const branchWords: Readonly<Record<BranchOpening, string>> = {
  no_ruleset: "`action:` in countersign.yml names no ruleset",
  ruleset_not_in_force: "the ruleset of countersign.yml is not in force for it",
  ruleset_changed: "the ruleset was changed since its bypass list was looked at",
  no_pull_request: "it takes commits without a pull request",
  no_code_owner_review: "no code owner has to review",
  keeps_stale_approvals: "a push keeps older approvals",
  no_last_push_approval: "whoever pushed last may be the only one who looked",
  force_push: "it can be force-pushed",
  deletion: "it can be deleted",
  check_not_required: "the three checks are not required",
  no_code_owners: "there is no CODEOWNERS",
  code_owners_weak:
    "the last lines of CODEOWNERS do not give .github/ and the file itself to the people of `change-policy` alone",
};

function refused(message: string): CountersignError {
  return new CountersignError("run_refused", message, {
    hint: "Start it by an event that runs the default branch's workflow: docs/getting-started.md lists them.",
  });
}
