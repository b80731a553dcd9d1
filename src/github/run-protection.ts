/**
 * What keeps others from a run's keys, read with the run's own token: *Actions: read* for the
 * environment, *Metadata: read* for the rules, *Contents: read* for CODEOWNERS.
 */
import type {
  CodeOwners,
  EnvironmentFacts,
  RulesetFacts,
  RunFacts,
} from "../domain/run-protection.ts";
import { auditFile } from "./audit-branch.ts";
import { asked, type GitHubRepository, orNull } from "./client.ts";
import { readTip } from "./reading.ts";

export const ENVIRONMENT = "countersign";

/** @throws CountersignError where GitHub refuses or cannot be reached: nothing is taken for safe */
export async function readRunFacts(at: GitHubRepository, defaultBranch: string): Promise<RunFacts> {
  const [environment, rulesets, codeOwners] = await Promise.all([
    readEnvironment(at),
    readRulesets(at, defaultBranch),
    readCodeOwners(at, defaultBranch),
  ]);
  return { defaultBranch, environment, rulesets, codeOwners };
}

async function readEnvironment(at: GitHubRepository): Promise<EnvironmentFacts | null> {
  const { client, owner, repo } = at;
  const where = { owner, repo, environment_name: ENVIRONMENT };
  const answer = await orNull("read the environment", client.rest.repos.getEnvironment(where));
  if (answer === null) return null;
  const policy = answer.data.deployment_branch_policy;
  if (policy?.custom_branch_policies !== true) return { isChosen: false, policies: [] };
  const { data } = await asked(
    "read the environment's branches",
    client.rest.repos.listDeploymentBranchPolicies({ ...where, per_page: 100 }),
  );
  const policies = data.branch_policies.map(({ name, type }) => ({
    name: name ?? "",
    isBranch: type !== "tag",
  }));
  return { isChosen: true, policies };
}

async function readRulesets(at: GitHubRepository, branch: string): Promise<RulesetFacts[]> {
  const { client, owner, repo } = at;
  const rules = await asked(
    `read the rules of ${branch}`,
    client.paginate(client.rest.repos.getBranchRules, { owner, repo, branch, per_page: 100 }),
  );
  const byRuleset = Map.groupBy(rules, ({ ruleset_id: id }) => id);
  const found: RulesetFacts[] = [];
  for (const [id, own] of byRuleset) {
    if (id === undefined) continue;
    const ruleset = await orNull(
      `read ruleset ${id}`,
      client.rest.repos.getRepoRuleset({ owner, repo, ruleset_id: id }),
    );
    found.push({ id, updatedAt: ruleset?.data.updated_at ?? null, ...rulesOf(own) });
  }
  return found;
}

type Rule = Awaited<
  ReturnType<GitHubRepository["client"]["rest"]["repos"]["getBranchRules"]>
>["data"][number];

function rulesOf(rules: readonly Rule[]): Omit<RulesetFacts, "id" | "updatedAt"> {
  const has = (type: Rule["type"]): boolean => rules.some((rule) => rule.type === type);
  const asks = rules.flatMap((rule) => (rule.type === "pull_request" ? [rule.parameters] : []));
  const checks = rules.flatMap((rule) =>
    rule.type === "required_status_checks"
      ? (rule.parameters?.required_status_checks ?? []).map(({ context }) => context)
      : [],
  );
  return {
    pullRequest:
      asks.length === 0
        ? null
        : {
            codeOwners: asks.some((one) => one?.require_code_owner_review === true),
            dismissesStale: asks.some((one) => one?.dismiss_stale_reviews_on_push === true),
            lastPush: asks.some((one) => one?.require_last_push_approval === true),
          },
    refusesForcePush: has("non_fast_forward"),
    refusesDeletion: has("deletion"),
    checks,
  };
}

/** In the order in which GitHub looks for it. */
const codeOwnersPaths = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

async function readCodeOwners(at: GitHubRepository, branch: string): Promise<CodeOwners | null> {
  const tip = await readTip(at, branch);
  if (tip === null) return null;
  for (const path of codeOwnersPaths) {
    const text = await auditFile(at, tip, path);
    if (text !== null) return { path, text };
  }
  return null;
}
