/**
 * Which rules judge a plan: those of countersign.yml, and the built-in ones that are switched on.
 *
 * Those that need a choice first (a feed, a tier to promote from) begin `off`. A rule of
 * countersign.yml with the same id replaces the built-in one. Text for people: docs/policy.md.
 */
import { BuiltinId, type Switch } from "../contract/builtin-rules.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import type { StepKind } from "../contract/plan.ts";
import type { Assertion, PolicyRule } from "../contract/policy-rule.ts";

export interface BuiltinRule {
  readonly rule: Omit<PolicyRule, "enforcement">;
  /** What it is where countersign.yml does not say. */
  readonly standard: Switch;
  /** What it is under this policy. */
  readonly set: Switch;
}

/** The rules that are judged: the fleet's own first, then the built-in ones. */
export function rulesOf(config: FleetConfig): PolicyRule[] {
  return [...config.rules, ...switchedOn(config)];
}

/** The built-in rules that are switched on. */
function switchedOn(config: FleetConfig): PolicyRule[] {
  return builtinRules(config).flatMap(({ rule, set }) =>
    set === "off" ? [] : [{ ...rule, enforcement: set }],
  );
}

/** Every built-in rule that countersign.yml does not replace. */
export function builtinRules(config: FleetConfig): BuiltinRule[] {
  const own = new Set<string>(config.rules.map(({ id }) => id));
  return BuiltinId.options
    .filter((id) => !own.has(id))
    .map((id) => {
      const { standard, ...rule } = template(id, config);
      return { rule: { id, when: {}, ...rule }, standard, set: config.builtin[id] ?? standard };
    });
}

interface Template extends Omit<PolicyRule, "id" | "enforcement" | "when"> {
  readonly when?: PolicyRule["when"];
  readonly standard: Switch;
}

/** Two of them follow the rest of the policy. */
function template(id: BuiltinId, config: FleetConfig): Template {
  const fixed = TEMPLATES[id];
  if (id === "source-allowed") return { ...fixed, assert: allowedSources(config) };
  const hasFeed = config.vulnerabilities !== undefined;
  return id === "vulnerable" && hasFeed ? { ...fixed, standard: "soft" } : fixed;
}

function allowedSources({ sources }: FleetConfig): Assertion {
  const hosts = [...new Set(sources.flatMap((source) => source.hosts))];
  return { "package.source": sources.map(({ name }) => name), "package.host": hosts };
}

const UPDATING: StepKind[] = ["core.update", "plugin.update", "theme.update"];
const INSTALLING: StepKind[] = [...UPDATING, "plugin.install", "theme.install", "connector.update"];
const installs = { kind: INSTALLING };
const updates = { kind: UPDATING };

const TEMPLATES: Readonly<Record<BuiltinId, Template>> = {
  "release-age": {
    standard: "advisory",
    when: installs,
    unless: { "change.securityFix": true },
    assert: { "package.ageDays": { operator: ">=", number: 3 } },
    message: "New releases wait three days; most poisoned ones are found by then.",
  },
  "package-locked": {
    standard: "hard",
    when: installs,
    assert: { "package.locked": true },
    message: "A package is installed only with a lock file that holds the digest of its bytes.",
  },
  "package-matches-source": {
    standard: "hard",
    when: installs,
    assert: { "package.matchesSource": true },
    message: "A lock file says what its source says.",
  },
  "source-allowed": {
    standard: "hard",
    when: installs,
    assert: { "package.source": [] },
    message: "Packages come from the sources that countersign.yml names.",
  },
  "package-size": {
    standard: "advisory",
    when: updates,
    assert: { "package.growthPercent": { operator: "<=", number: 50 } },
    message: "A package that grew by half may hold more than its changelog says.",
  },
  "no-downgrade": {
    standard: "advisory",
    when: updates,
    assert: { "change.direction": ["up", "same"] },
    message: "An older version may find data that a newer one has converted.",
  },
  "one-major": {
    standard: "advisory",
    when: updates,
    assert: { "change.majors": { operator: "<=", number: 1 } },
    message: "One major version at a time: each may convert data.",
  },
  "blast-radius": {
    standard: "advisory",
    when: { tier: ["production"] },
    assert: { "plan.sites": { operator: "<=", number: 25 } },
    message: "Many production sites at once are many sites to take back.",
  },
  "known-bad": {
    standard: "hard",
    when: installs,
    assert: { "package.knownBad": false },
    message: "These bytes hurt a site. Once that is understood, list their digest in `cleared:`.",
  },
  vulnerable: {
    standard: "off",
    when: installs,
    assert: { "package.vulnerable": false },
    message: "The feed names a vulnerability of this version.",
  },
  requirements: {
    standard: "soft",
    when: installs,
    assert: { "site.phpFits": true, "site.wordpressFits": true },
    message: "A site has to run the PHP and the WordPress that the package asks for.",
  },
  "no-secrets": {
    standard: "soft",
    assert: { "proposal.secrets": false },
    message: "Git keeps a secret for ever: take it out here, and change it where it is used.",
  },
  "by-machine": {
    standard: "off",
    assert: { "proposal.byAgent": false, "proposal.byBot": false },
    message: "A machine wrote this.",
  },
  "no-fork": {
    standard: "soft",
    assert: { "proposal.fork": false },
    message: "This repository's protection does not reach the branches of a fork.",
  },
  "staging-first": {
    standard: "off",
    when: { tier: ["production"], kind: UPDATING },
    assert: { "site.promotesFrom": { tier: "staging" } },
    message: "Production follows staging.",
  },
};
