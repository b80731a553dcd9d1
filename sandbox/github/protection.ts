/** What the protection of a branch refuses, for merges and for pushes over git. */
import { isOwner } from "./permissions.ts";
import type { ProtectionRow, RepoRow, UserRow } from "./rows.ts";
import { type World, zeroSha } from "./world.ts";

const good = new Set(["success", "neutral", "skipped"]);

/** The rule that binds this account, if any: owners pass unless the rule names them too. */
export function bindingRule(
  world: World,
  repo: RepoRow,
  { branch, actor }: { branch: string; actor: UserRow },
): ProtectionRow | undefined {
  const rules = world.gh.branchProtections.findBy("repo_id", repo.id);
  const rule = rules.find(({ branch_name }) => branch_name === branch);
  return rule !== undefined && isOwner(world, actor) && !rule.enforce_admins ? undefined : rule;
}

/** The first required check whose newest run at this commit has not passed. */
export function missingCheck(
  world: World,
  repo: RepoRow,
  { rule, sha }: { rule: ProtectionRow; sha: string },
): string | undefined {
  const runs = world.gh.checkRuns.findBy("head_sha", sha).filter((run) => run.repo_id === repo.id);
  return rule.required_status_checks?.contexts.find((context) => {
    const newest = runs.findLast(({ name }) => name === context);
    return newest?.status !== "completed" || !good.has(newest.conclusion ?? "");
  });
}

/** Why the rule refuses a push; `undefined` lets it through, as far as its commit tells. */
export function pushRefusal(
  world: World,
  repo: RepoRow,
  { rule, after }: { rule: ProtectionRow; after: string },
): string | undefined {
  if (after === zeroSha) return rule.allow_deletions ? undefined : "Cannot delete this branch";
  if (rule.required_pull_request_reviews !== null) return "Changes must be made by pull request.";
  const missing = missingCheck(world, repo, { rule, sha: after });
  return missing === undefined ? undefined : `Required status check "${missing}" is expected.`;
}
