/**
 * How fast is a review of the policy? 200 planned changes against 50 rules, every clause traced,
 * has to stay under 50 ms of CPU. Prints one JSON object; exit code 1 where the limit is passed.
 *
 * `reviewMs` is the median of a process that has judged before, as the App has; `coldMs` its first
 * review. The reference in the same run: writing the same review as JSON.
 */
import { Facts } from "../src/contract/facts.ts";
import { readFleetConfig } from "../src/contract/fleet-config.ts";
import { type PolicyReview, reviewPolicy } from "../src/domain/policy.ts";
import { baseFacts, POLICY } from "../test/support/facts-builder.ts";
import { policyOf, ruleFacts, update } from "../test/support/policy-builder.ts";

const LIMIT_MS = 50;
const SHAPE = { changes: 200, rules: 50 };
const RUNS = 11;

const assertions = [
  'package.ageDays: ">= 3", package.source: [wordpress.org]',
  'package.growthPercent: "<= 50", package.knownBad: false',
  'change.majors: "<= 1", change.direction: [up, same]',
  "package.vulnerable: false, package.matchesSource: true",
  "site.phpFits: true, site.wordpressFits: true",
  "site.promotesFrom: { tier: staging, soak: 24h }",
  'plan.sites: "<= 500", proposal.fork: false, proposal.byAgent: false',
];

function rulesText(): string {
  return Array.from({ length: SHAPE.rules }, (_, index) => {
    const when = index % 2 === 0 ? "when: { tier: production, kind: [plugin.update] }, " : "";
    const assert = assertions[index % assertions.length] ?? "";
    return `  - { id: rule-${index}, ${when}assert: { ${assert} }, enforcement: soft }`;
  }).join("\n");
}

function prepared() {
  const reading = readFleetConfig(policyOf(rulesText()));
  if (reading.kind === "invalid") throw new Error(JSON.stringify(reading.findings));
  const changes = Array.from({ length: SHAPE.changes }, (_, index) =>
    update({ site: `site-${index % 100}`, target: `plugins/plugin-${index}` }),
  );
  const facts = Facts.parse({
    ...baseFacts(),
    config: { state: "ok", text: POLICY },
    plan: { state: "ok", digest: "d1", changes },
    ruleFacts: ruleFacts(),
  });
  return { config: reading.config, facts, changes: facts.plan?.changes ?? [] };
}

function cpuMilliseconds(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function main(): void {
  const { config, facts, changes } = prepared();
  const reviews: PolicyReview[] = [];
  const times = Array.from({ length: RUNS }, () =>
    cpuMilliseconds(() => reviews.push(reviewPolicy(config, facts, changes))),
  );
  const [review] = reviews;
  const referenceMs = cpuMilliseconds(() => JSON.stringify(review));
  const [coldMs = Number.NaN, ...warm] = times;
  const reviewMs = warm.toSorted((a, b) => a - b)[Math.floor(warm.length / 2)] ?? Number.NaN;
  const groups = review?.rules.flatMap((rule) => rule.groups) ?? [];
  const traces = groups.reduce((sum, one) => sum + one.assert.length * one.changes.length, 0);
  const ok = reviewMs < LIMIT_MS && review?.rules.length === SHAPE.rules && traces > 10_000;
  const ratio = Number((reviewMs / referenceMs).toFixed(3));
  const limits = { reviewMs: LIMIT_MS };
  const measured = { reviewMs, coldMs, referenceMs, ratio };
  console.log(JSON.stringify({ bench: "policy", ok, limits, ...SHAPE, traces, ...measured }));
  process.exitCode = ok ? 0 : 1;
}

main();
