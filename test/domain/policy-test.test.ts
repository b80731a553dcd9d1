import { describe, expect, it } from "vitest";
import { PolicyTest } from "../../src/contract/policy-test.ts";
import { runPolicyTest } from "../../src/domain/policy-test.ts";
import { ruleWords } from "../../src/domain/policy-words.ts";
import { config, POLICY } from "../support/facts-builder.ts";

const update = { kind: "plugin.update", from: "1.0.0", to: "1.0.1" };
const run = (given: object, wanted: object, text = POLICY) =>
  runPolicyTest(
    config(text),
    PolicyTest.parse({ name: "test", given: { changes: [update], ...given }, expect: wanted }),
  );
const frozen = `${POLICY}freezes:
  - { name: f, from: 2026-11-24T00:00Z, until: 2026-11-25T00:00Z, reason: r, owner: carol }
  - { name: e, from: 2026-11-24T00:00Z, until: 2026-11-25T00:00Z, reason: r, owner: carol }
`;

describe("a policy test", () => {
  it("of an ordinary update finds nothing wrong", () => {
    expect(run({}, { policy: "passed", rules: { "known-bad": "passed" }, freezes: [] })).toEqual(
      [],
    );
  });

  it("tells what came out differently, with each trace once", () => {
    expect(run({ proposal: { fork: true } }, { policy: "passed" })).toEqual([
      "policy: expected passed, got blocked (policy_blocked)",
    ]);
    expect(run({}, { policy: "blocked" })).toEqual(["policy: expected blocked, got passed"]);
    const two = [update, { ...update, site: "other" }];
    expect(run({ changes: two }, { rules: { "release-age": "failed" } })).toEqual([
      [
        "release-age: expected failed, got passed",
        "  change.securityFix: got false, wanted true: failed",
        "  package.ageDays: got 2519, wanted >= 3: passed",
      ].join("\n"),
    ]);
  });

  it("fails where it names a rule that is not there", () => {
    const missing = ["no-such-rule: no rule of this policy has this id"];
    expect(run({}, { rules: { "no-such-rule": "passed" } })).toEqual(missing);
    const off = `${POLICY}builtin: { known-bad: off }\n`;
    expect(run({}, { rules: { "known-bad": "passed" } }, off)).toHaveLength(1);
  });

  it("expects freezes by name, in any order", () => {
    expect(run({}, { freezes: ["f", "e"] }, frozen)).toEqual([]);
    expect(run({}, { freezes: [] }, frozen)).toEqual(["freezes: expected none, got e, f"]);
    expect(run({}, { freezes: ["g"] })).toEqual(["freezes: expected g, got none"]);
  });

  it("takes changes without a site, package or version as they are given", () => {
    const changes = [
      {
        kind: "policy.change",
        target: "countersign.yml",
        site: null,
        package: null,
        previous: null,
      },
      { kind: "option.set", target: "options/x", from: 1, to: true },
    ];
    expect(run({ changes }, { policy: "passed" })).toEqual([]);
    const bare = { ...config(), sources: [] };
    const test = PolicyTest.parse({
      name: "t",
      given: { changes: [update] },
      expect: { rules: { "source-allowed": "failed" } },
    });
    expect(runPolicyTest(bare, test)).toEqual([]);
    const hostless = {
      ...config(),
      sources: config().sources.map((one) => ({ ...one, hosts: [] })),
    };
    expect(runPolicyTest(hostless, test)).toEqual([]);
  });

  it("that expects nothing is refused", () => {
    const nothing = { name: "t", given: { changes: [update] }, expect: {} };
    expect(PolicyTest.safeParse(nothing).success).toBe(false);
  });
});

describe("a rule in words", () => {
  it("says what it is about, what it lets off, what it asks, and why", () => {
    const text = `${POLICY}rules:
  - id: own
    when: { tier: [production, staging], labels: { client: [acme, best] }, kind: plugin.update }
    unless: { change.securityFix: true }
    assert: { package.ageDays: ">= 3", change.direction: [up, same], site.promotesFrom: { tier: staging, soak: 24h } }
    enforcement: soft
    message: Be patient.
  - { id: short, assert: { proposal.fork: false }, enforcement: hard }
`;
    expect(config(text).rules.map(ruleWords)).toEqual([
      [
        "for tier production or staging, kind plugin.update, label client acme or best",
        "unless change.securityFix true",
        "asks package.ageDays >= 3",
        "asks change.direction up or same",
        "asks site.promotesFrom applied in staging and well for 1 d",
        "because: Be patient.",
      ],
      ["for every change", "asks proposal.fork false"],
    ]);
  });
});
