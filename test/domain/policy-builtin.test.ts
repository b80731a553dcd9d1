import { describe, expect, it } from "vitest";
import { BuiltinId } from "../../src/contract/builtin-rules.ts";
import { builtinRules, rulesOf } from "../../src/domain/policy-builtin.ts";
import { config, plan, POLICY, proposal } from "../support/facts-builder.ts";
import {
  BYTES,
  type Given,
  locked,
  previous,
  reviewWith,
  ruleFacts,
  update,
} from "../support/policy-builder.ts";

const withFeed = `${POLICY}vulnerabilities: { format: wpscan, file: feed.json, maxAge: 1d }\n`;
const affected = [{ package: "plugins/akismet", name: "CVE-1" }];
const feed = { at: "2026-11-24T19:00:00Z", affected };

describe("built-in rules", () => {
  it("find nothing wrong with an ordinary update", () => {
    const review = reviewWith(POLICY);
    expect(review.result).toBe("passed");
    const held = review.rules.filter(({ result }) => result === "failed" || result === "unknown");
    expect(held).toEqual([]);
  });

  it.each<[string, string, Given, string?]>([
    [
      "release-age",
      "passed",
      { changes: [update({ package: locked({ releasedAt: "2026-11-24T00:00:00Z" }) })] },
    ],
    ["package-locked", "blocked", { changes: [update({ package: null })] }],
    [
      "package-matches-source",
      "blocked",
      { ruleFacts: ruleFacts({ matchesSource: { [BYTES]: false } }) },
    ],
    [
      "source-allowed",
      "blocked",
      { changes: [update({ package: locked({ source: "elsewhere" }) })] },
    ],
    [
      "source-allowed",
      "blocked",
      { changes: [update({ package: locked({ url: "https://x.example/a" }) })] },
    ],
    ["package-size", "passed", { changes: [update({ previous: previous({ bytes: 700 }) })] }],
    ["no-downgrade", "passed", { changes: [update({ from: "5.5" })] }],
    ["one-major", "passed", { changes: [update({ from: "3.0" })] }],
    [
      "blast-radius",
      "passed",
      { changes: Array.from({ length: 26 }, (_, index) => update({ site: `s${index}` })) },
    ],
    ["known-bad", "blocked", { ruleFacts: ruleFacts({ failedPackages: [BYTES] }) }],
    ["vulnerable", "blocked", { ruleFacts: ruleFacts({ vulnerabilities: feed }) }, withFeed],
    ["requirements", "blocked", { ruleFacts: ruleFacts({ sites: { shop: { fits: false } } }) }],
    ["no-secrets", "blocked", { ruleFacts: ruleFacts({ secrets: [{ file: "a.yml", line: 1 }] }) }],
    ["no-fork", "blocked", { proposal: proposal({ fork: true }) }],
    [
      "by-machine",
      "blocked",
      { proposal: proposal({ openedBy: 99 }) },
      `${POLICY}builtin: { by-machine: hard }\n`,
    ],
    ["staging-first", "blocked", {}, `${POLICY}builtin: { staging-first: soft }\n`],
  ])("%s finds what it is for, and the plan is %s", (id, state, given, text = POLICY) => {
    const found = reviewWith(text, given).rules.find(({ rule }) => rule.id === id);
    expect(found).toMatchObject({ result: "failed", state });
  });

  it("can each be switched off, or to another enforcement", () => {
    for (const id of BuiltinId.options) {
      const ids = (text: string) =>
        rulesOf(config(text)).map(({ id: one, enforcement }) => `${one} ${enforcement}`);
      expect(ids(`${POLICY}builtin: { ${id}: off }\n`).join()).not.toContain(`${id} `);
      expect(ids(`${POLICY}builtin: { ${id}: soft }\n`)).toContain(`${id} soft`);
    }
  });

  it("give way to a rule of the policy with the same id", () => {
    const own = `${POLICY}rules:\n  - { id: known-bad, assert: { proposal.fork: false }, enforcement: advisory }\n`;
    expect(builtinRules(config(own)).map(({ rule }) => rule.id)).not.toContain("known-bad");
    expect(rulesOf(config(own)).filter(({ id }) => id === "known-bad")).toHaveLength(1);
  });

  it("ask about vulnerabilities once there is a feed", () => {
    const switchOf = (text: string) =>
      builtinRules(config(text)).find(({ rule }) => rule.id === "vulnerable")?.set;
    expect(switchOf(POLICY)).toBe("off");
    expect(switchOf(withFeed)).toBe("soft");
  });

  it("each say why, and keep no recovery from its site", () => {
    const recovery = plan([update({ from: "5.5" })], { recovers: ["shop"] });
    const failed = ruleFacts({ failedPackages: [BYTES] });
    expect(reviewWith(POLICY, { plan: recovery, ruleFacts: failed }).result).toBe("passed");
    expect(builtinRules(config()).every(({ rule }) => (rule.message ?? "").length > 10)).toBe(true);
  });
});
