/** Every policy of the gallery in docs/policy.md is valid, and its tests pass, and can fail. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BuiltinId } from "../../src/contract/builtin-rules.ts";
import { readControlFile } from "../../src/contract/control-file.ts";
import {
  FleetConfig,
  READINESS_ITEMS,
  Rights,
  Rollout,
  Vulnerabilities,
} from "../../src/contract/fleet-config.ts";
import { PolicyTests } from "../../src/contract/policy-test.ts";
import { Assertion } from "../../src/contract/policy-rule.ts";
import { builtinRules } from "../../src/domain/policy-builtin.ts";
import { runPolicyTest } from "../../src/domain/policy-test.ts";
import { config, POLICY } from "../support/facts-builder.ts";

const doc = readFileSync(new URL("../../docs/policy.md", import.meta.url), "utf8");
const blocks = (kind: string) =>
  [...doc.matchAll(new RegExp(`\`\`\`yaml ${kind}\n(.*?)\`\`\``, "gsu"))].map(
    ([, text = ""]) => text,
  );
const titles = [...doc.matchAll(/^### (.*)$/gmu)].map(([, title = ""]) => title);
const [policies, suites] = [blocks("policy"), blocks("tests")];

const testsOf = (content: string) => {
  const reading = readControlFile({ path: "tests/gallery.yml", content }, PolicyTests);
  if (reading.kind === "invalid") throw new Error(JSON.stringify(reading.findings));
  return reading.value.tests;
};

describe("the gallery", () => {
  it("has one policy and one suite under each title", () => {
    expect([policies.length, suites.length]).toEqual([titles.length, titles.length]);
    expect(titles.length).toBeGreaterThan(4);
  });
  const cases = titles.flatMap((title, index) =>
    testsOf(suites[index] ?? "").map(
      (test) => [title, test.name, policies[index] ?? "", test] as const,
    ),
  );
  it.each(cases)("%s: %s", (_, __, policy, test) => {
    expect(runPolicyTest(config(POLICY + policy), test)).toEqual([]);
  });
  it.each(cases)("%s: %s, and fails where the policy says otherwise", (_, __, policy, test) => {
    const { expect: wanted } = test;
    const other = wanted.policy === "waiting" ? ("passed" as const) : ("waiting" as const);
    expect(
      runPolicyTest(config(POLICY + policy), { ...test, expect: { ...wanted, policy: other } }),
    ).toHaveLength(1);
  });
});

describe("docs/policy.md", () => {
  it.each([...FleetConfig.keyof().options, ...READINESS_ITEMS])("has a line for %s", (name) => {
    expect(doc).toMatch(new RegExp(`^\\| \`${name}\` +\\|`, "mu"));
  });
  it.each([
    ...Rights.keyof().options,
    ...Rollout.keyof().options,
    ...Vulnerabilities.keyof().options,
  ])("names the key %s", (name) => {
    expect(doc).toContain(`\`${name}\``);
  });
  it.each(Assertion.keyof().options)("explains the clause %s", (name) => {
    expect(doc).toContain(`\`${name}\``);
  });
  it.each(BuiltinId.options)("tells what %s is by itself", (id) => {
    const builtin = builtinRules(config()).find(({ rule }) => rule.id === id);
    expect(doc).toMatch(new RegExp(`\\| \`${id}\` +\\| \`${builtin?.standard}\` `, "u"));
  });
});
