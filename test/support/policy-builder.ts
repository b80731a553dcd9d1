/** Policies of one rule, and facts in which every clause holds, to be spoilt one at a time. */
import type { FactsInput } from "../../src/contract/facts.ts";
import { type PolicyReview, reviewPolicy } from "../../src/domain/policy.ts";
import { type ChangeInput, change, config, facts, plan, POLICY } from "./facts-builder.ts";

export type RuleFactsInput = NonNullable<FactsInput["ruleFacts"]>;
type PackageInput = NonNullable<ChangeInput["package"]>;

export const OLD_BYTES = `sha256:${"0".repeat(64)}`;
export const BYTES = `sha256:${"1".repeat(64)}`;

/** A package as its lock describes it: 30 days old, from the standard source. */
export const locked = (over: Partial<PackageInput> = {}): PackageInput => ({
  path: "packages/plugins/akismet/5.4.yml",
  source: "wordpress.org",
  url: "https://downloads.wordpress.org/plugin/akismet.5.4.zip",
  sha256: BYTES,
  bytes: 1100,
  version: "5.4",
  releasedAt: "2026-10-25T20:00:00Z",
  requires: "6.1",
  requiresPhp: "7.4",
  ...over,
});

export const previous = (over: Partial<PackageInput> = {}): PackageInput =>
  locked({ sha256: OLD_BYTES, bytes: 1000, version: "5.3", ...over });

/** An update with everything that rules look at. */
export const update = (over: Partial<ChangeInput> = {}): ChangeInput =>
  change({
    package: locked(),
    previous: previous(),
    cause: { file: "sites/shop.yml", line: 7, column: 16 },
    ...over,
  });

export const ruleFacts = (over: Partial<RuleFactsInput> = {}): RuleFactsInput => ({
  matchesSource: { [BYTES]: true },
  failedPackages: [],
  vulnerabilities: { at: "2026-11-24T19:00:00Z", affected: [] },
  applied: [],
  sites: { shop: { php: "8.2", wordpress: "6.6", fits: true } },
  secrets: [],
  ...over,
});

/** The built-in rules switched off, so that one rule stands alone. */
export const ALL_OFF = [
  "release-age",
  "package-locked",
  "package-matches-source",
  "source-allowed",
  "package-size",
  "no-downgrade",
  "one-major",
  "blast-radius",
  "known-bad",
  "requirements",
  "no-secrets",
  "no-fork",
]
  .map((id) => `  ${id}: off\n`)
  .join("");

/** The policy with this text of `rules:` and, below it, anything else. */
export const policyOf = (rules: string, more = ""): string =>
  `${POLICY}builtin:\n${ALL_OFF}${rules === "" ? "" : `rules:\n${rules}\n`}${more}`;

export interface Given extends Partial<FactsInput> {
  readonly changes?: ChangeInput[];
}

export function reviewWith(
  text: string,
  { changes = [update()], ...over }: Given = {},
): PolicyReview {
  const given = facts({ plan: plan(changes), ruleFacts: ruleFacts(), ...over });
  return reviewPolicy(config(text), given, given.plan?.changes ?? []);
}

/** The result of a rule with this one clause, and what was found. */
export function clause(name: string, wanted: string, given: Given = {}) {
  const text = policyOf(`  - { id: own, assert: { ${name}: ${wanted} }, enforcement: hard }`);
  const [review] = reviewWith(text, given).rules;
  const trace = review?.groups[0]?.assert[0];
  return { result: review?.result, got: trace?.got, wanted: trace?.wanted };
}
