/**
 * How a branch is protected, with the least permission that tells: rulesets in full (*Metadata:
 * read*), of a classic protection the required checks and whom they bind (*Contents: read*). The
 * rest of a classic protection would take *Administration: read*, and stays unseen.
 */
import type { BranchProtection, RequiredCheck } from "../domain/protection.ts";
import { asked, type GitHubRepository, orNull } from "./client.ts";

export async function readProtection(
  at: GitHubRepository,
  branch: string,
): Promise<BranchProtection> {
  const { client, owner, repo } = at;
  const where = { owner, repo, branch, per_page: 100 };
  const rules = await asked(
    `read the rules of ${branch}`,
    client.paginate(client.rest.repos.getBranchRules, where),
  );
  const answer = await orNull(
    `read branch ${branch}`,
    client.rest.repos.getBranch({ owner, repo, branch }),
  );
  const classic = classicOf(answer?.data ?? null);
  const has = (type: string): boolean => rules.some((rule) => rule.type === type);
  const checks = rules.flatMap((rule) =>
    rule.type === "required_status_checks"
      ? (rule.parameters?.required_status_checks ?? []).map(({ context, integration_id: app }) => ({
          name: context,
          app: app ?? null,
        }))
      : [],
  );
  // What no ruleset says a classic protection may say, where there is one.
  const rest = classic === null ? false : null;
  return {
    checks: [...checks, ...(classic?.checks ?? [])],
    byPullRequest: has("pull_request") || rest,
    refusesForcePush: has("non_fast_forward") || rest,
    refusesDeletion: has("deletion") || rest,
    bindsAdministrators: bindsAdministrators(rules.length > 0, classic),
  };
}

/** Who may bypass a ruleset is told only to those who may change it. */
function bindsAdministrators(hasRules: boolean, classic: ClassicProtection | null): boolean | null {
  if (hasRules) return null;
  return classic === null ? false : classic.bindsAdministrators;
}

interface ClassicProtection {
  readonly checks: readonly RequiredCheck[];
  readonly bindsAdministrators: boolean | null;
}

/** The part of a branch that tells of a classic protection. */
interface BranchData {
  readonly protection?: {
    readonly enabled?: boolean | undefined;
    readonly required_status_checks?:
      | {
          readonly enforcement_level?: string | null | undefined;
          readonly contexts?: readonly string[] | undefined;
          readonly checks?:
            | readonly { readonly context: string; readonly app_id?: number | null | undefined }[]
            | undefined;
        }
      | undefined;
  };
}

function classicOf(branch: BranchData | null): ClassicProtection | null {
  const protection = branch?.protection;
  if (protection?.enabled !== true) return null;
  const required = protection.required_status_checks;
  const level = required?.enforcement_level ?? "off";
  if (required === undefined || level === "off") return { checks: [], bindsAdministrators: null };
  const named = (required.checks ?? []).map(({ context, app_id: app }) => ({
    name: context,
    // GitHub writes -1 where any App may report it.
    app: app === undefined || app === null || app < 0 ? null : app,
  }));
  const bare = (required.contexts ?? [])
    .filter((context) => !named.some(({ name }) => name === context))
    .map((name) => ({ name, app: null }));
  return { checks: [...named, ...bare], bindsAdministrators: level === "everyone" };
}
