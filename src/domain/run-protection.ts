/**
 * May a run of the Action use its keys? Only where GitHub itself keeps others from using them: the
 * environment that holds the seed is open to the default branch alone, and what stands on that
 * branch was reviewed by the people who may change the policy.
 *
 * Any writer can start a workflow, and a workflow that may read the seed owns the fleet. What cannot
 * be read counts as open. Source: docs/threat-model.md, "The Action".
 */
import type { FleetConfig } from "../contract/fleet-config.ts";
import { REQUIRED_CHECKS } from "./protection.ts";

/** As GitHub tells of the environment; `null` where there is none, or it cannot be read. */
export interface EnvironmentFacts {
  /** Chosen branches and tags only, and no rule for "protected branches". */
  readonly isChosen: boolean;
  readonly policies: readonly { readonly name: string; readonly isBranch: boolean }[];
}

/** The rules of one ruleset that are in force for the default branch. */
export interface RulesetFacts {
  readonly id: number;
  /** As GitHub writes it; `null` where it cannot be read. */
  readonly updatedAt: string | null;
  readonly pullRequest: {
    readonly codeOwners: boolean;
    readonly dismissesStale: boolean;
    readonly lastPush: boolean;
  } | null;
  readonly refusesForcePush: boolean;
  readonly refusesDeletion: boolean;
  readonly checks: readonly string[];
}

export interface CodeOwners {
  readonly path: string;
  readonly text: string;
}

export interface RunFacts {
  readonly defaultBranch: string;
  readonly environment: EnvironmentFacts | null;
  readonly rulesets: readonly RulesetFacts[];
  /** The one that GitHub heeds; `null` where there is none. */
  readonly codeOwners: CodeOwners | null;
}

/** In the order in which they are told. */
export type BranchOpening =
  | "no_ruleset"
  | "ruleset_not_in_force"
  | "ruleset_changed"
  | "no_pull_request"
  | "no_code_owner_review"
  | "keeps_stale_approvals"
  | "no_last_push_approval"
  | "force_push"
  | "deletion"
  | "check_not_required"
  | "no_code_owners"
  | "code_owners_weak";

export type RunProtection =
  | { readonly kind: "closed" }
  | { readonly kind: "environment_open"; readonly reason: EnvironmentOpening }
  | { readonly kind: "branch_open"; readonly openings: readonly BranchOpening[] };
export type EnvironmentOpening = "no_environment" | "any_branch" | "other_branches";

export function judgeRun(config: FleetConfig, facts: RunFacts): RunProtection {
  const reason = environmentOpening(facts);
  if (reason !== null) return { kind: "environment_open", reason };
  const openings = branchOpenings(config, facts);
  return openings.length === 0 ? { kind: "closed" } : { kind: "branch_open", openings };
}

function environmentOpening({ environment, defaultBranch }: RunFacts): EnvironmentOpening | null {
  if (environment === null) return "no_environment";
  if (!environment.isChosen || environment.policies.length === 0) return "any_branch";
  // A policy's name is a pattern: `m*` is open to whoever may push a branch.
  const isPlain = /^[A-Za-z0-9_./-]+$/u.test(defaultBranch);
  const isOurs = environment.policies.every(
    ({ name, isBranch }) => isBranch && name === defaultBranch,
  );
  return isPlain && isOurs ? null : "other_branches";
}

function branchOpenings(config: FleetConfig, facts: RunFacts): readonly BranchOpening[] {
  const { action } = config;
  if (action === undefined) return ["no_ruleset"];
  // Who may bypass another ruleset, nobody has looked at: its rules do not count.
  const ruleset = facts.rulesets.find(({ id }) => id === action.ruleset);
  if (ruleset === undefined) return ["ruleset_not_in_force"];
  const { pullRequest, updatedAt } = ruleset;
  const holds: readonly (readonly [BranchOpening, boolean])[] = [
    // Only its administrators see who may bypass it. It may not have changed since they looked.
    ["ruleset_changed", isNotAfter(updatedAt, action.lookedAt)],
    ["no_pull_request", pullRequest !== null],
    ["no_code_owner_review", pullRequest?.codeOwners === true],
    ["keeps_stale_approvals", pullRequest?.dismissesStale === true],
    ["no_last_push_approval", pullRequest?.lastPush === true],
    ["force_push", ruleset.refusesForcePush],
    ["deletion", ruleset.refusesDeletion],
    ["check_not_required", REQUIRED_CHECKS.every((name) => ruleset.checks.includes(name))],
    ["no_code_owners", facts.codeOwners !== null],
    ["code_owners_weak", facts.codeOwners === null || guardsItself(config, facts.codeOwners)],
  ];
  return holds.flatMap(([opening, isHeld]) => (isHeld ? [] : [opening]));
}

function isNotAfter(one: string | null, other: string): boolean {
  return one !== null && Date.parse(one) <= Date.parse(other);
}

/**
 * The last line that matches a path decides who owns it. So that no later line can take a workflow
 * away from them, the guarding lines have to be the last ones.
 */
function guardsItself(config: FleetConfig, { path, text }: CodeOwners): boolean {
  const lines = text
    .split(/\r?\n/u)
    .map((line) => line.replace(/(^|\s)#.*$/u, "").trim())
    .filter((line) => line !== "");
  const wanted = guardedPaths(path);
  const last = lines.slice(-wanted.length).map((line) => line.split(/\s+/u));
  const allowed = policyOwners(config);
  return wanted.every((pattern) =>
    last.some(
      ([first, ...owners]) =>
        first === pattern &&
        owners.length > 0 &&
        owners.every((owner) => allowed.has(owner.toLowerCase())),
    ),
  );
}

/** What the last lines of CODEOWNERS have to name: workflows, and the file itself. */
export const guardedPaths = (path: string): readonly string[] =>
  path.startsWith(".github/") ? ["/.github/"] : ["/.github/", `/${path}`];

/** As CODEOWNERS names them, in lower case: the teams and people of the right `change-policy`. */
export function policyOwners({ rights, roles }: FleetConfig): ReadonlySet<string> {
  const name = rights["change-policy"]?.role ?? "";
  const role = Object.hasOwn(roles, name) ? roles[name] : undefined;
  const { teams = [], users = [] } = role ?? {};
  return new Set(
    [...teams, ...users.map(({ login }) => login)].map((one) => `@${one.toLowerCase()}`),
  );
}
