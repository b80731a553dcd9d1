import { describe, expect, it } from "vitest";
import { readFleetConfig } from "../../src/contract/fleet-config.ts";
import { POLICY } from "../support/facts-builder.ts";

const problems = (rule: string) => {
  const reading = readFleetConfig(`${POLICY}rules:\n  - { id: own, ${rule}, enforcement: hard }\n`);
  return reading.kind === "valid" ? [] : reading.findings;
};

describe("a rule that can never do anything is refused", () => {
  it.each([
    [
      "when: { tier: production, kind: policy.change }, assert: { proposal.fork: false }",
      "belongs to no site",
    ],
    [
      "when: { labels: { a: b }, kind: [package.lock, package.repin] }, assert: { proposal.fork: false }",
      "belongs to no site",
    ],
    [
      "when: { sites: a, kind: baseline.change }, assert: { proposal.fork: false }",
      "belongs to no site",
    ],
    [
      'when: { kind: option.set }, assert: { package.ageDays: ">= 3" }',
      "says nothing about option.set",
    ],
    [
      'when: { kind: plugin.install }, assert: { package.growthPercent: "< 9" }',
      "says nothing about",
    ],
    ['when: { kind: plugin.install }, assert: { change.majors: "<= 1" }', "says nothing about"],
    ["when: { kind: theme.install }, assert: { change.securityFix: true }", "says nothing about"],
    ["when: { kind: plugin.delete }, assert: { site.phpFits: true }", "says nothing about"],
    ["when: { kind: site.edit }, assert: { change.direction: up }", "says nothing about"],
    [
      "when: { kind: site.adopt }, assert: { site.promotesFrom: { tier: staging } }",
      "says nothing about",
    ],
    [
      "when: { tier: staging }, assert: { site.promotesFrom: { tier: staging } }",
      "does not follow itself",
    ],
    ['assert: { plan.sites: "< 0" }', "nothing can fulfil this"],
    ['assert: { package.bytes: "<0" }', "nothing can fulfil this"],
  ])("%s", (rule, message) => {
    const [finding, ...others] = problems(rule);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ rule: "reference", severity: "error" });
    expect(finding?.message).toContain(message);
    expect(finding?.line).toBe(POLICY.split("\n").length + 1);
  });

  it.each([
    "when: { kind: policy.change }, assert: { proposal.fork: false }",
    "when: { tier: production, kind: [policy.change, plugin.update] }, assert: { proposal.fork: false }",
    'when: { kind: [option.set, plugin.update] }, assert: { package.ageDays: ">= 3" }',
    'when: { kind: plugin.delete }, assert: { package.locked: true, plan.sites: "< 9" }',
    "when: { kind: option.set }, assert: { change.direction: none }",
    "when: { tier: [staging, production] }, assert: { site.promotesFrom: { tier: staging } }",
    "when: { tier: staging }, assert: { site.promotesFrom: { tier: staging }, proposal.fork: false }",
    'assert: { package.growthPercent: "< 0" }',
    'assert: { package.ageDays: "< 0" }',
    'assert: { plan.sites: "<= 0" }',
  ])("but not %s", (rule) => {
    expect(problems(rule)).toEqual([]);
  });
});

describe("bad input in a rule has its place and what is allowed", () => {
  it.each([
    ["assert: { package.age: 3 }", "package.age", "package.ageDays"],
    ['assert: { package.ageDays: "at least 3" }', "package.ageDays", ">= 3"],
    ['assert: { package.ageDays: "> 3" }, expr: "true"', "expr", null],
    ["assert: { change.direction: upp }", "change.direction", "up"],
    ["assert: {}", "assert", "at least one clause"],
    ["unless: {}, assert: { proposal.fork: false }", "unless", "at least one clause"],
    ["when: { tier: prodution }, assert: { proposal.fork: false }", "prodution", "production"],
    ["when: { kind: plugin.updat }, assert: { proposal.fork: false }", "kind", "plugin.update"],
  ])("%s", (rule, named, allowed) => {
    const [finding] = problems(rule);
    expect(finding?.line).toBe(POLICY.split("\n").length + 1);
    expect(finding?.message).toContain(named);
    if (allowed !== null) expect(`${finding?.allowed} ${finding?.message}`).toContain(allowed);
  });

  it("misspelt enforcement and built-in switches", () => {
    const text = `${POLICY}builtin: { release-agee: off, known-bad: hrad }\n`;
    const reading = readFleetConfig(text);
    const messages =
      reading.kind === "invalid" ? reading.findings.map(({ message }) => message) : [];
    expect(messages).toHaveLength(2);
  });
});
