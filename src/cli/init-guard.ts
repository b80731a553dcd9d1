/**
 * What GitHub itself has to keep from others before a run may use its keys: the environment with the
 * seed, and the rulesets. Set with the token of the person who runs `init`, an administrator.
 */
import type { RestEndpointMethodTypes } from "@octokit/rest";
import sodium from "libsodium-wrappers";
import { REQUIRED_CHECKS } from "../domain/protection.ts";
import { ENVIRONMENT } from "../github/run-protection.ts";
import { asked, type Voice } from "./say-as-person.ts";

export const SECRET = "COUNTERSIGN_SEED";
const rulesetName = "countersign";
const auditRulesetName = "countersign audit";

/** Open to the default branch alone; other branches that could use it are taken off. */
export async function closeEnvironment(
  { client, owner, repo }: Voice,
  branch: string,
): Promise<void> {
  const where = { owner, repo, environment_name: ENVIRONMENT };
  const known = await orMissing(client.rest.repos.getEnvironment(where));
  // Setting it anew would take off reviewers and timers that somebody set.
  if (known?.data.deployment_branch_policy?.custom_branch_policies !== true) {
    const policy = { protected_branches: false, custom_branch_policies: true };
    const set = { ...where, deployment_branch_policy: policy };
    await asked("set the environment", client.rest.repos.createOrUpdateEnvironment(set));
  }
  const { data } = await asked(
    "read the environment's branches",
    client.rest.repos.listDeploymentBranchPolicies({ ...where, per_page: 100 }),
  );
  for (const { id, name, type } of data.branch_policies) {
    if ((name === branch && type !== "tag") || id === undefined) continue;
    const one = { ...where, branch_policy_id: id };
    await asked("close the environment", client.rest.repos.deleteDeploymentBranchPolicy(one));
  }
  if (data.branch_policies.some(({ name, type }) => name === branch && type !== "tag")) return;
  const ours = { ...where, name: branch };
  await asked(
    "open it to the default branch",
    client.rest.repos.createDeploymentBranchPolicy(ours),
  );
}

export async function hasSecret({ client, owner, repo }: Voice): Promise<boolean> {
  const where = { owner, repo, environment_name: ENVIRONMENT, secret_name: SECRET };
  return (await orMissing(client.rest.actions.getEnvironmentSecret(where))) !== null;
}

/** Sealed for GitHub alone, as its API asks for: libsodium's sealed box. */
export async function putSecret({ client, owner, repo }: Voice, seed: string): Promise<void> {
  const where = { owner, repo, environment_name: ENVIRONMENT };
  const { data } = await asked(
    "tell the environment's key",
    client.rest.actions.getEnvironmentPublicKey(where),
  );
  await sodium.ready;
  const key = sodium.from_base64(data.key, sodium.base64_variants.ORIGINAL);
  const sealed = sodium.crypto_box_seal(seed, key);
  await asked(
    "keep the seed",
    client.rest.actions.createOrUpdateEnvironmentSecret({
      ...where,
      secret_name: SECRET,
      key_id: data.key_id,
      encrypted_value: sodium.to_base64(sealed, sodium.base64_variants.ORIGINAL),
    }),
  );
}

type RulesetBody = RestEndpointMethodTypes["repos"]["createRepoRuleset"]["parameters"];

/** @param app whose checks are required: GitHub's Actions on github.com */
function defaultRuleset(
  app: number,
): Pick<RulesetBody, "name" | "target" | "bypass_actors" | "conditions" | "rules"> {
  return {
    name: rulesetName,
    target: "branch",
    bypass_actors: [],
    conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
    rules: [
      {
        type: "pull_request",
        parameters: {
          allowed_merge_methods: ["merge", "squash", "rebase"],
          dismiss_stale_reviews_on_push: true,
          require_code_owner_review: true,
          require_last_push_approval: true,
          required_approving_review_count: 1,
          required_review_thread_resolution: false,
        },
      },
      { type: "non_fast_forward" },
      { type: "deletion" },
      {
        type: "required_status_checks",
        parameters: {
          required_status_checks: REQUIRED_CHECKS.map((context) => ({
            context,
            integration_id: app,
          })),
          strict_required_status_checks_policy: false,
        },
      },
    ],
  };
}

export interface RulesetState {
  readonly id: number;
  readonly isActive: boolean;
}

/** The one of this name; a new one is not in force yet, so that the first files can come. */
export async function findOrMakeRuleset(
  { client, owner, repo }: Voice,
  app: number,
): Promise<RulesetState> {
  const all = await asked(
    "list the rulesets",
    client.paginate(client.rest.repos.getRepoRulesets, { owner, repo, per_page: 100 }),
  );
  const known = all.find(({ name }) => name === rulesetName);
  if (known !== undefined) return { id: known.id, isActive: known.enforcement === "active" };
  const made = { owner, repo, enforcement: "disabled" as const, ...defaultRuleset(app) };
  const { data } = await asked("make the ruleset", client.rest.repos.createRepoRuleset(made));
  return { id: data.id, isActive: false };
}

export async function putInForce(
  { client, owner, repo }: Voice,
  id: number,
  app: number,
): Promise<void> {
  const body = {
    owner,
    repo,
    ruleset_id: id,
    enforcement: "active" as const,
    ...defaultRuleset(app),
  };
  await asked("put the ruleset in force", client.rest.repos.updateRepoRuleset(body));
}

/** Who may pass it, as only its administrators see; `null` where that cannot be seen. */
export async function bypassers(
  { client, owner, repo }: Voice,
  id: number,
): Promise<number | null> {
  const where = { owner, repo, ruleset_id: id };
  const { data } = await asked("read the ruleset", client.rest.repos.getRepoRuleset(where));
  return data.bypass_actors?.length ?? null;
}

/** Nobody takes the audit branch back or away. What a writer adds, its signature gives away. */
export async function guardAuditBranch({ client, owner, repo }: Voice): Promise<void> {
  const all = await asked(
    "list the rulesets",
    client.paginate(client.rest.repos.getRepoRulesets, { owner, repo, per_page: 100 }),
  );
  if (all.some(({ name }) => name === auditRulesetName)) return;
  const include = ["refs/heads/countersign/audit"];
  await asked(
    "make the ruleset of the audit branch",
    client.rest.repos.createRepoRuleset({
      owner,
      repo,
      name: auditRulesetName,
      target: "branch",
      enforcement: "active",
      bypass_actors: [],
      conditions: { ref_name: { include, exclude: [] } },
      rules: [{ type: "non_fast_forward" }, { type: "deletion" }],
    }),
  );
}

async function orMissing<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof Error && "status" in error && error.status === 404) return null;
    return asked("read the environment", Promise.reject(error));
  }
}
