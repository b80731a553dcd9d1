import { describe, expect, it } from "vitest";
import type { ChangeInput } from "../support/facts-builder.ts";
import { by, change, commit, ids, plan, proposal } from "../support/facts-builder.ts";
import {
  BYTES,
  clause,
  type Given,
  locked,
  OLD_BYTES,
  policyOf,
  reviewWith,
  ruleFacts,
  update,
} from "../support/policy-builder.ts";

type Row = [string, string, string, string, Given?];
const one = (over: Partial<ChangeInput>): Given => ({ changes: [update(over)] });
const of = (over: Parameters<typeof locked>[0]): Given => one({ package: locked(over) });
const rules = (over: Parameters<typeof ruleFacts>[0]): Given => ({ ruleFacts: ruleFacts(over) });
const affected = (over: object) =>
  rules({
    vulnerabilities: {
      at: "2026-11-24T19:00:00Z",
      affected: [{ package: "plugins/akismet", name: "CVE-1", ...over }],
    },
  });
const delisted = "2026-11-24T20:00:00Z";

describe("a clause about the package", () => {
  it.each<Row>([
    ["package.ageDays", '">= 30"', "passed", "30"],
    ["package.ageDays", '">= 31"', "failed", "30"],
    ["package.ageDays", '">= 1"', "passed", "1", of({ releasedAt: "2026-11-23T20:00:00Z" })],
    ["package.ageDays", '">= 1"', "failed", "0", of({ releasedAt: "2026-11-23T20:00:01Z" })],
    ["package.ageDays", '">= 0"', "failed", "-1", of({ releasedAt: "2026-11-24T20:00:01Z" })],
    ["package.ageDays", '">= 1"', "unknown", "not known", one({ package: null })],
    ["package.ageDays", '">= 1"', "not_applicable", "does not apply", one({ kind: "option.set" })],
    ["package.locked", "true", "passed", "true"],
    ["package.locked", "true", "unknown", "not known", { changes: [change()] }],
    ["package.locked", "true", "failed", "false", one({ package: null })],
    ["package.locked", "true", "not_applicable", "does not apply", one({ kind: "site.edit" })],
    ["package.matchesSource", "true", "passed", "true"],
    [
      "package.matchesSource",
      "true",
      "failed",
      "false",
      rules({ matchesSource: { [BYTES]: false } }),
    ],
    ["package.matchesSource", "true", "unknown", "not known", rules({ matchesSource: {} })],
    ["package.matchesSource", "true", "unknown", "not known", rules({ matchesSource: null })],
    ["package.matchesSource", "true", "unknown", "not known", { ruleFacts: null }],
    ["package.source", "wordpress.org", "passed", "wordpress.org"],
    ["package.source", "[a, b]", "failed", "wordpress.org"],
    ["package.host", "downloads.wordpress.org", "passed", "downloads.wordpress.org"],
    ["package.host", "a.example", "passed", "a.example", of({ url: "HTTPS://A.example:443/x" })],
    ["package.host", "a.example", "failed", "a.example:80", of({ url: "https://a.example:80/x" })],
    ["package.host", "a.example", "passed", "a.example", of({ url: "http://a.example:80/x" })],
    [
      "package.host",
      "a.example",
      "failed",
      "evil.example",
      of({ url: "https://a.example@evil.example/" }),
    ],
    [
      "package.host",
      "a.example",
      "failed",
      "evil.example",
      of({ url: String.raw`https://evil.example\@a.example/` }),
    ],
    ["package.bytes", '"<= 1100"', "passed", "1100"],
    ["package.bytes", '"< 1100"', "failed", "1100"],
    ["package.growthPercent", '"<= 10"', "passed", "10"],
    ["package.growthPercent", '"<= 10"', "failed", "10.1", of({ bytes: 1101 })],
    ["package.growthPercent", '"<= 10"', "unknown", "not known", one({ previous: null })],
    ["package.growthPercent", '"<= 10"', "unknown", "not known", one({ package: null })],
    [
      "package.growthPercent",
      '"<= 10"',
      "not_applicable",
      "does not apply",
      one({ kind: "plugin.install", from: null }),
    ],
    ["package.knownBad", "false", "passed", "false"],
    ["package.knownBad", "false", "failed", "true", rules({ failedPackages: [BYTES] })],
    ["package.knownBad", "false", "passed", "false", rules({ failedPackages: [OLD_BYTES] })],
    ["package.knownBad", "false", "unknown", "not known", rules({ failedPackages: null })],
    ["package.vulnerable", "false", "passed", "false"],
    ["package.vulnerable", "false", "failed", "CVE-1", affected({ to: "5.5" })],
    [
      "package.vulnerable",
      "false",
      "unknown",
      "not known: there is no feed",
      rules({ vulnerabilities: null }),
    ],
    ["package.vulnerable", "false", "unknown", "not known", one({ target: null })],
    [
      "package.vulnerable",
      "false",
      "failed",
      "CVE-1",
      {
        ...affected({ package: "plugins/countersign" }),
        ...one({ kind: "connector.update", target: "connector" }),
      },
    ],
  ])("%s wants %s: %s, got %s", (name, wanted, result, got, given) => {
    expect(clause(name, wanted, given)).toMatchObject({ result, got });
  });

  it("takes failed bytes that people cleared", () => {
    const text = policyOf(
      "  - { id: own, assert: { package.knownBad: false }, enforcement: hard }",
      `cleared:\n  - { sha256: "${BYTES}", reason: a full disk }\n`,
    );
    expect(reviewWith(text, rules({ failedPackages: [BYTES] })).result).toBe("passed");
  });
});

describe("a clause about the change", () => {
  it.each<Row>([
    ["change.direction", "up", "passed", "up"],
    ["change.direction", "[up, same]", "failed", "down", one({ from: "5.5" })],
    ["change.direction", "none", "passed", "none", one({ kind: "option.set" })],
    ["change.direction", "up", "unknown", "not known", one({ from: null })],
    ["change.direction", "up", "unknown", "not known", one({ to: "1.0-beta" })],
    ["change.direction", "up", "not_applicable", "does not apply", one({ kind: "site.edit" })],
    ["change.majors", '"<= 1"', "passed", "0"],
    ["change.majors", '"<= 1"', "failed", "2", one({ to: "7.0" })],
    [
      "change.majors",
      '"<= 1"',
      "passed",
      "1",
      one({ kind: "core.update", target: "core", from: "6.9", to: "7.0" }),
    ],
    ["change.majors", '"<= 1"', "unknown", "not known", one({ from: null })],
    ["change.majors", '"<= 1"', "not_applicable", "does not apply", one({ kind: "option.set" })],
    ["change.majors", '"== 0"', "passed", "0"],
    ["change.majors", '"!= 0"', "failed", "0"],
    ["change.majors", '"> 0"', "failed", "0"],
    ["change.reversibility", "[reversible, partly]", "passed", "reversible"],
    ["change.reversibility", "reversible", "failed", "not", one({ reversibility: "not" })],
    ["change.reversibility", "reversible", "unknown", "not known", one({ reversibility: null })],
    ["change.securityFix", "true", "passed", "true", affected({ to: "5.4" })],
    ["change.securityFix", "true", "failed", "false", affected({ to: "5.4", toInclusive: true })],
    ["change.securityFix", "true", "failed", "false"],
    [
      "change.securityFix",
      "true",
      "unknown",
      "not known: there is no feed",
      rules({ vulnerabilities: null }),
    ],
    ["change.securityFix", "true", "unknown", "not known", one({ from: null })],
    ["change.securityFix", "true", "unknown", "not known", one({ target: null })],
    [
      "change.securityFix",
      "true",
      "not_applicable",
      "does not apply",
      one({ kind: "cache.flush" }),
    ],
  ])("%s wants %s: %s, got %s", (name, wanted, result, got, given) => {
    expect(clause(name, wanted, given)).toMatchObject({ result, got });
  });
});

describe("a clause about the site", () => {
  const site = (over: object) => rules({ sites: { shop: over } });
  it.each<Row>([
    ["site.phpFits", "true", "passed", "true"],
    ["site.phpFits", "true", "failed", "7.3, and it asks for 7.4", site({ php: "7.3" })],
    [
      "site.phpFits",
      "true",
      "passed",
      "true",
      { ...site({ php: "7.3" }), ...of({ requiresPhp: null }) },
    ],
    ["site.phpFits", "true", "failed", "false", site({ fits: false })],
    ["site.phpFits", "true", "passed", "true", site({ fits: true })],
    ["site.phpFits", "true", "unknown", "not known", site({})],
    ["site.phpFits", "true", "unknown", "not known", rules({ sites: {} })],
    ["site.phpFits", "true", "unknown", "not known", rules({ sites: null })],
    ["site.phpFits", "true", "unknown", "not known", one({ site: null })],
    [
      "site.wordpressFits",
      "true",
      "failed",
      "6.0, and it asks for 6.1",
      site({ wordpress: "6.0" }),
    ],
    ["site.wordpressFits", "true", "passed", "true", site({ wordpress: "6.1" })],
  ])("%s wants %s: %s, got %s", (name, wanted, result, got, given) => {
    expect(clause(name, wanted, given)).toMatchObject({ result, got });
  });
});

describe("a clause about the proposal", () => {
  const pull = (over: Parameters<typeof proposal>[0]): Given => ({ proposal: proposal(over) });
  it.each<Row>([
    ["proposal.fork", "false", "passed", "false"],
    ["proposal.fork", "false", "failed", "true", pull({ fork: true })],
    ["proposal.fork", "false", "unknown", "not known", pull({ fork: null })],
    ["proposal.fork", "false", "not_applicable", "does not apply", { proposal: null }],
    ["proposal.byAgent", "false", "passed", "false"],
    ["proposal.byAgent", "false", "failed", "true", pull({ openedBy: ids.agent })],
    ["proposal.byAgent", "false", "failed", "true", { commits: [commit({ author: by("agent") })] }],
    ["proposal.byAgent", "false", "unknown", "not known", { commits: null }],
    ["proposal.byAgent", "false", "unknown", "not known", { commits: [commit({ author: null })] }],
    ["proposal.byAgent", "false", "unknown", "not known", pull({ openedBy: null })],
    ["proposal.byAgent", "false", "not_applicable", "does not apply", { proposal: null }],
    ["proposal.byBot", "false", "passed", "false"],
    ["proposal.byBot", "false", "failed", "true", pull({ openedBy: ids.bot })],
    ["proposal.byBot", "false", "unknown", "not known", { people: null }],
    ["proposal.byBot", "false", "not_applicable", "does not apply", { proposal: null }],
    ["proposal.secrets", "false", "passed", "false"],
    [
      "proposal.secrets",
      "false",
      "failed",
      "a.yml:3",
      rules({ secrets: [{ file: "a.yml", line: 3 }] }),
    ],
    ["proposal.secrets", "false", "unknown", "not known", rules({ secrets: null })],
    ["proposal.secrets", "false", "unknown", "not known", { ruleFacts: null }],
    ["proposal.secrets", "false", "not_applicable", "does not apply", { proposal: null }],
  ])("%s wants %s: %s, got %s", (name, wanted, result, got, given) => {
    expect(clause(name, wanted, given)).toMatchObject({ result, got });
  });

  it("names five places, and counts the others", () => {
    const secrets = Array.from({ length: 7 }, (_, index) => ({ file: "a.yml", line: index + 1 }));
    expect(clause("proposal.secrets", "false", rules({ secrets })).got).toBe(
      "a.yml:1, a.yml:2, a.yml:3, a.yml:4, a.yml:5 and 2 more",
    );
  });
});

describe("site.promotesFrom", () => {
  const applied = (over: object = {}) => ({
    site: "stage",
    tier: "staging",
    kind: "plugin.update" as const,
    target: "plugins/akismet",
    to: "5.4",
    sha256: BYTES,
    at: "2026-11-23T20:00:00Z",
    well: true,
    ...over,
  });
  const promoted = (...all: object[]) => rules({ applied: all.map((over) => applied(over)) });
  it.each<[string, string, string, Given]>([
    ["a day to the second", "passed", "applied 24 h ago", promoted({})],
    ["a second too early", "failed", "applied 23 h ago", promoted({ at: "2026-11-23T20:00:01Z" })],
    ["the oldest of several counts", "passed", "applied 24 h ago", promoted({ at: delisted }, {})],
    ["other bytes", "failed", "not applied there", promoted({ sha256: OLD_BYTES })],
    ["another version", "failed", "not applied there", promoted({ to: "5.5" })],
    ["another plugin", "failed", "not applied there", promoted({ target: "plugins/other" })],
    ["another tier", "failed", "not applied there", promoted({ tier: "development" })],
    ["it did not stay well", "failed", "did not stay well", promoted({ well: false })],
    ["not known whether it stayed well", "unknown", "not known", promoted({ well: null })],
    ["unread receipts", "unknown", "not known", rules({ applied: null })],
    ["an unread tier", "unknown", "not known", one({ tier: null })],
    ["the tier itself", "not_applicable", "does not apply", one({ tier: "staging" })],
    ["no step", "not_applicable", "does not apply", one({ kind: "site.edit" })],
    [
      "a recovery",
      "not_applicable",
      "does not apply",
      { plan: plan([update()], { recovers: ["shop"] }) },
    ],
  ])("%s: %s, got %s", (_, result, got, given) => {
    const found = clause("site.promotesFrom", "{ tier: staging, soak: 24h }", given);
    expect(found).toEqual({ result, got, wanted: "applied in staging and well for 1 d" });
  });

  it.each([
    ["{ tier: staging }", "applied in staging"],
    ["{ tier: staging, soak: 90m }", "applied in staging and well for 90 min"],
    ["{ tier: staging, soak: 3h }", "applied in staging and well for 3 h"],
  ])("%s is told as: %s", (wanted, words) => {
    expect(clause("site.promotesFrom", wanted).wanted).toBe(words);
  });

  it("takes a step without a package by its value", () => {
    const option = { kind: "option.set", target: "options/blogname", to: "Acme", sha256: null };
    const setting = {
      kind: "option.set" as const,
      target: "options/blogname",
      from: null,
      to: "Acme",
    };
    const given = { ...one({ ...setting, package: null }), ...promoted(option) };
    expect(clause("site.promotesFrom", "{ tier: staging }", given).result).toBe("passed");
    const gone = {
      ...one({ ...setting, to: null, package: null }),
      ...promoted({ ...option, to: null }),
    };
    expect(clause("site.promotesFrom", "{ tier: staging }", gone).result).toBe("passed");
  });
});

describe("plan.sites", () => {
  const fleet = ["a", "b", "c"].map((site) => update({ site }));
  it("counts each site once, and none that the plan recovers", () => {
    expect(clause("plan.sites", '"<= 2"', { changes: [...fleet, update({ site: "a" })] })).toEqual({
      result: "failed",
      got: "3",
      wanted: "<= 2",
    });
    const text = policyOf('  - { id: own, assert: { plan.sites: "<= 2" }, enforcement: hard }');
    const { rules: judged } = reviewWith(text, { plan: plan(fleet, { recovers: ["c"] }) });
    expect(judged[0]?.groups.map(({ result, changes }) => [result, changes.length])).toEqual([
      ["passed", 2],
      ["not_applicable", 1],
    ]);
  });
  it("does not apply where no site is concerned", () => {
    const policy = update({ site: null, kind: "policy.change" });
    expect(clause("plan.sites", '"<= 2"', { changes: [policy] }).result).toBe("not_applicable");
  });
});

describe("a recovery", () => {
  const recovery = { plan: plan([update({ from: "5.5" })], { recovers: ["shop"] }) };
  it.each([
    ["package.ageDays", '">= 99"'],
    ["package.growthPercent", '"< 1"'],
    ["package.knownBad", "true"],
    ["change.direction", "up"],
    ["change.majors", '"== 9"'],
    ["change.reversibility", "not"],
    ["plan.sites", '"> 9"'],
  ])("is not kept back by %s", (name, wanted) => {
    expect(clause(name, wanted, recovery)).toMatchObject({
      result: "not_applicable",
      got: "a recovery",
    });
  });
  it("still brings locked bytes from an allowed source", () => {
    expect(clause("package.source", "other", recovery).result).toBe("failed");
  });
});
