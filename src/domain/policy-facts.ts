/** What one review of the policy looks at: facts once prepared for all rules and changes. */
import type { ChangeFacts } from "../contract/facts-range.ts";
import type { AppliedFacts, RuleFacts, SiteRuntime } from "../contract/facts-policy.ts";
import type { Facts } from "../contract/facts.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import { Version } from "../contract/ids.ts";
import { ownValue } from "./own-value.ts";
import { peopleOf } from "./people.ts";
import { coreStep, packageStep, type VersionStep, NO_STEP } from "./version.ts";
import { type VulnerabilityLookup, vulnerabilityLookup } from "./vulnerability.ts";

export interface PolicyFacts {
  readonly now: number;
  /** `null`: could not be read, or were not given. */
  readonly rules: RuleFacts | null;
  readonly cleared: ReadonlySet<string>;
  readonly failed: ReadonlySet<string> | null;
  readonly applied: ReadonlyMap<string, readonly AppliedFacts[]> | null;
  readonly vulnerabilities: VulnerabilityLookup;
  readonly proposal: ProposalPolicyFacts | null;
  readonly isRecovery: (change: ChangeFacts) => boolean;
}

/** `null` is unread. */
export interface ProposalPolicyFacts {
  readonly fork: boolean | null;
  readonly byAgent: boolean | null;
  readonly byBot: boolean | null;
}

export function policyFacts(config: FleetConfig, facts: Facts): PolicyFacts {
  const rules = facts.ruleFacts ?? null;
  const { now } = facts;
  const recovered = new Set(facts.plan?.recovers);
  return {
    now,
    rules,
    cleared: new Set(config.cleared.map(({ sha256 }) => sha256)),
    failed: rules?.failedPackages ? new Set(rules.failedPackages) : null,
    applied: rules?.applied ? Map.groupBy(rules.applied, stepKey) : null,
    vulnerabilities: vulnerabilityLookup(config, feedOf(rules), now),
    proposal: proposalFacts(config, facts),
    isRecovery: ({ site }) => site !== null && recovered.has(site),
  };
}

function feedOf(rules: RuleFacts | null) {
  return { feed: rules?.vulnerabilities ?? null, problem: rules?.feedProblem ?? null };
}

/** A push has no proposal: nothing is asked about one. */
function proposalFacts(config: FleetConfig, facts: Facts): ProposalPolicyFacts | null {
  const { proposal, people, commits } = facts;
  if (proposal === null) return null;
  const known = peopleOf(config, people ?? []);
  const authors = commits?.map(({ author }) => author?.id ?? null) ?? [null];
  const all = [proposal.openedBy, ...authors];
  const has = (fault: "agent" | "bot") =>
    all.some((id) => id !== null && known.faultsOfId(id).includes(fault));
  const isRead = people !== null && !all.includes(null);
  return {
    fork: proposal.fork,
    byAgent: has("agent") || (isRead ? false : null),
    byBot: has("bot") || (isRead ? false : null),
  };
}

/** What makes two steps the same: what is done, to what, with which bytes. */
export function stepKey(step: {
  readonly kind: string;
  readonly target: string | null;
  readonly to?: unknown;
  readonly sha256: string | null;
}): string {
  const { kind, target, to, sha256 } = step;
  const value = typeof to === "string" ? `"${to}` : JSON.stringify(to ?? null);
  return `${kind}\n${target}\n${sha256}\n${value}`;
}

export function runtimeOf(facts: PolicyFacts, site: string | null): SiteRuntime | null {
  const sites = facts.rules?.sites ?? null;
  return sites === null || site === null ? null : (ownValue(sites, site) ?? null);
}

/** Kinds that install a package. */
export const INSTALLING: ReadonlySet<string> = new Set([
  "core.update",
  "plugin.install",
  "plugin.update",
  "theme.install",
  "theme.update",
  "connector.update",
]);

const MOVING = new Set(["core.update", "plugin.update", "theme.update", "connector.update"]);

/** How the version moves; `null` where an update does not say from where. */
export function moveOf({ kind, from, to }: ChangeFacts): VersionStep | null {
  if (!MOVING.has(kind)) return NO_STEP;
  const [left, right] = [Version.safeParse(from), Version.safeParse(to)];
  if (!left.success || !right.success) return null;
  return (kind === "core.update" ? coreStep : packageStep)(left.data, right.data);
}
