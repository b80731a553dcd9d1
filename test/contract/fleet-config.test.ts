import { describe, expect, it } from "vitest";
import { readFleetConfig } from "../../src/contract/fleet-config.ts";

/** product.md's example, with the keys of the settled readings beside it. */
const full = `version: 1
log: { key: ${"A".repeat(43)}, recovery: ${"B".repeat(42)}A }
roles:
  operators: { teams: [acme/ops] }
  security: { teams: [acme/security], users: [{ login: carol, id: 13 }, dave], permission: maintain }
agents: { users: [{ login: update-agent, id: 99 }] }
rights:
  change-policy: { role: security, count: 1 }
  override: { role: security }
  break-glass: { role: security, count: 2, for: 60m }
  hold: any-role
gates:
  - name: any change needs an operator
    require: [{ role: operators, count: 1 }]
  - name: high risk in production needs security too
    when: { tier: production, risk: [high, critical] }
    require: [{ role: security, count: 1 }]
    distinct: false
    maxAge: 14d
    keep: same-plan
rules:
  - id: release-age
    when: { kind: [plugin.update, plugin.install] }
    unless: { change.securityFix: true }
    assert: { package.ageDays: ">= 3", site.promotesFrom: { tier: staging, soak: 24h } }
    enforcement: soft
    message: New releases wait three days.
freezes:
  - { name: black-friday, from: 2026-11-25, until: 2026-12-01, zone: Europe/Berlin, when: { tier: production }, allow: [rollback], reason: peak season, owner: carol }
readiness:
  - { when: { tier: production }, loopback: proved, restoreDrill: { level: proved, maxAge: 7d } }
rollout: { canary: { labels: { canary: "yes" } }, waves: [10%, 50%, 100%], soak: 2h, window: { days: [tue, wed], from: "02:00", until: "05:00" } }
sources:
  - { name: wordpress.org, type: wordpress.org, hosts: [downloads.wordpress.org] }
  - { name: in-house, type: private, url: "https://packages.acme.example/{type}/{slug}-{version}.zip", hosts: ["packages.acme.example:8443"], token: { env: ACME_TOKEN }, packages: [plugins/acme-*] }
pairing: { window: 8h }
vulnerabilities: { format: wordfence, url: https://feed.example/v3, maxAge: 24h }
`;
const least = `version: 1
roles: { ops: { users: [{ login: ana, id: 1 }] } }
gates: [{ name: all, require: [{ role: ops, count: 1 }] }]
`;

const read = (text: string) => {
  const reading = readFleetConfig(text);
  if (reading.kind === "valid") return reading.config;
  throw new Error(reading.findings.map(({ message }) => message).join("; "));
};
const problems = (text: string) => {
  const reading = readFleetConfig(text);
  if (reading.kind === "valid") return [];
  return reading.findings.map(({ line, column, message, allowed }) => ({
    at: `${line}:${column}`,
    message,
    allowed,
  }));
};
/** The example with one piece exchanged; `§` in the new piece marks the place of the error. */
const marked = (text: string) => {
  const before = text.slice(0, text.indexOf("§"));
  const at = `${before.split("\n").length}:${before.length - before.lastIndexOf("\n")}`;
  return { at, problems: problems(text.replace("§", "")) };
};
const but = (piece: string, other: string) => {
  expect(full).toContain(piece);
  return marked(full.replace(piece, other));
};

describe("a valid countersign.yml", () => {
  it("is read with durations in seconds and one form for every choice", () => {
    expect(read(full)).toMatchObject({
      roles: {
        security: {
          users: [
            { login: "carol", id: 13 },
            { login: "dave", id: null },
          ],
        },
      },
      rights: {
        override: { role: "security", count: 1 },
        "break-glass": { count: 2, for: 3600 },
        hold: { role: "any-role", count: 1 },
      },
      gates: [
        { when: {}, distinct: true },
        { when: { tier: ["production"] }, distinct: false, maxAge: 1_209_600, keep: "same-plan" },
      ],
      rules: [
        {
          assert: {
            "package.ageDays": { operator: ">=", number: 3 },
            "site.promotesFrom": { tier: "staging", soak: 86_400 },
          },
        },
      ],
      readiness: [{ loopback: { level: "proved" }, restoreDrill: { maxAge: 604_800 } }],
      rollout: { waves: [10, 50, 100], soak: 7200, expiresAfter: 604_800 },
      pairing: { window: 28_800 },
    });
  });
  it("needs little, and says what it means by default", () => {
    expect(read(least)).toEqual({
      version: 1,
      tiers: ["production", "staging", "development"],
      roles: { ops: { teams: [], users: [{ login: "ana", id: 1 }] } },
      agents: { users: [] },
      rights: {},
      gates: [{ name: "all", when: {}, require: [{ role: "ops", count: 1 }], distinct: true }],
      rules: [],
      freezes: [],
      readiness: [],
      rollout: { waves: [100], expiresAfter: 604_800 },
      sources: [expect.objectContaining({ name: "wordpress.org", privateAddresses: false })],
      pairing: { window: 600, privateAddresses: false },
      builtin: {},
      cleared: [],
    });
  });
});

describe("an error in countersign.yml", () => {
  it("comes with all the others, each with its place and what is allowed", () => {
    const text = full
      .replace("version: 1", "version: 2")
      .replace("role: operators,", "role: operatrs,")
      .replace("enforcement: soft", "enforcement: sof")
      .replace("until: 2026-12-01", "until: 2026-11-24");
    expect(problems(text)).toEqual([
      { at: "1:10", message: 'version: "2" is not acceptable', allowed: "1" },
      { at: "14:23", message: 'unknown role "operatrs"', allowed: "operators, security" },
      {
        at: "26:18",
        message: 'enforcement: "sof" is not acceptable',
        allowed: "advisory, soft, hard",
      },
      { at: "29:52", message: "the freeze ends before it starts", allowed: "a time after from" },
    ]);
  });
  it.each([
    ["extends: acme/base\n", '"extends" is reserved for a later version'],
    ["foo: 1\n", 'unknown key "foo"'],
  ])("names a key that means nothing: %s", (line, message) => {
    const [problem] = problems(`${least}${line}`);
    expect(problem).toMatchObject({ at: "4:1", message: expect.stringContaining(message) });
    expect(problem?.allowed).toContain("gates, rules, freezes");
  });
  it.each([
    ["package.ageDays", "§expr: x, package.ageDays", `"expr" is reserved`],
    ["package.ageDays", "§package.age", `unknown key "package.age"`],
    ["kind: [plugin.update", "kind: [§plugin.updat", `kind: "plugin.updat"`],
    [`">= 3"`, "§3", `package.ageDays: "3"`],
    ["kind: [plugin.update, plugin.install]", "kind: §[]", "kind: a list"],
    ["tier: production, risk", "tier: §prod, risk", `unknown tier "prod"`],
    [
      "site.promotesFrom: { tier: staging",
      "site.promotesFrom: { tier: §prod",
      `unknown tier "prod"`,
    ],
    ["override: { role: security", "override: { role: §nobody", `unknown role "nobody"`],
    ["count: 2, for", "count: §1, for", "count"],
    ["[{ role: operators, count: 1 }]", "[{ role: operators, count: §0 }]", "count"],
    ["[{ role: operators, count: 1 }]", "[{ role: operators, count: §21 }]", "count"],
    ["[{ role: operators, count: 1 }]", "[§{ role: operators }]", "count"],
    ["for: 60m", "for: §61m", "for"],
    ["hold: any-role", "hold: §any", "hold"],
    ["maxAge: 14d", "maxAge: §2w", "maxAge"],
    [
      "  security: { teams",
      "  §any-role: {}\n  security: { teams",
      `"any-role" is no acceptable name`,
    ],
    ["id: release-age", "id: §Release Age", "id"],
    ["zone: Europe/Berlin", "zone: §Europe/Berlim", "zone"],
    ["zone: Europe/Berlin", "zone: §'+01:00'", "zone"],
    ["from: 2026-11-25", "from: §2026-02-30", "from"],
    ["[10%, 50%, 100%]", "[50%, §10%, 100%]", "larger than the one before"],
    ["[10%, 50%, 100%]", "§[10%, 50%]", "leaves sites out"],
    ["waves: [10%", "waves: [§0%", "waves"],
    [`from: "02:00"`, "from: §25:00", "from"],
    [
      `url: "https://packages.acme.example/{type}/{slug}-{version}.zip"`,
      `url: §"https://packages.acme.example/{slug}.zip"`,
      "url",
    ],
    [
      `url: "https://packages.acme.example/{type}`,
      `url: §"https://packages.acme.example/{kind}`,
      "url",
    ],
    [`url: "https://packages`, `url: §"https://{slug}.packages`, "url"],
    ["type: private", "type: §ftp", "type"],
    ["env: ACME_TOKEN", "env: §acme token", "env"],
    [
      "vulnerabilities: { format: wordfence,",
      "vulnerabilities: §{ format: wordfence, file: x,",
      "one place to come from",
    ],
    ["acme/ops", "§ops", "teams"],
    ["id: 13 }", "id: §0 }", "id"],
    ["name: in-house", "name: §wordpress.org", "two entries with the name"],
    ["key: A", "key: §B=", "key"],
  ])("has the place of the piece: %s → %s", (piece, other, message) => {
    const { at, problems: found } = but(piece, other);
    expect(found).toEqual([
      expect.objectContaining({ at, message: expect.stringContaining(message) }),
    ]);
  });
  it("is a name used twice", () => {
    const twice = marked(least.replace("1 }] }]", "1 }] }, { name: §all, require: [] }]"));
    expect(twice.problems).toMatchObject([
      { at: twice.at },
      { allowed: "at least one requirement" },
    ]);
    expect(problems(`${least}tiers: [a, b, a]`)).toMatchObject([{ at: "4:15" }]);
    const rule = "{ id: x, assert: { proposal.fork: false }, enforcement: hard }";
    const rules = marked(`${least}rules: [${rule}, ${rule.replace("id: x", "id: §x")}]`);
    expect(rules.problems).toMatchObject([{ at: rules.at }]);
  });
  it("is what is missing or empty", () => {
    expect(problems("")).toMatchObject([{ at: "1:1", allowed: "a mapping" }]);
    expect(problems("version: 1").map(({ message }) => message)).toEqual([
      '"gates" is missing',
      '"roles" is missing',
    ]);
    expect(problems(least.replace(/gates: .*/u, "gates: []"))).toMatchObject([{ at: "3:8" }]);
    expect(problems(`${least}rules: [{ id: x, assert: {}, enforcement: hard }]`)).toMatchObject([
      { at: "4:26", allowed: "at least one clause" },
    ]);
  });
  it("does not hide the checks of sections that have another shape than expected", () => {
    const text = `version: 1\nroles: []\ngates: { a: 1 }\nrights: 7\nfreezes: [x]\nrollout: []\ntiers: x\n`;
    expect(problems(text).length).toBeGreaterThan(5);
  });
});

describe("freezes", () => {
  const freeze = (from: string, until: string) =>
    problems(
      `${least}freezes: [{ name: x, from: ${from}, until: ${until}, reason: r, owner: ana }]`,
    );
  it.each([
    ["2026-11-25", "2026-11-25T00:01"],
    ["2026-11-25T10:00:00Z", "2026-11-25T11:30:00+01:00"],
    ["2024-02-29", "2024-03-01"],
    ["2026-11-25T10:00:00-05:30", "2026-11-25T15:30:01Z"],
  ])("from %s to %s are fine", (from, until) => {
    expect(freeze(from, until)).toEqual([]);
  });
  it.each([
    ["2026-11-25", "2026-11-25T00:00", "before it starts"],
    ["2026-11-25T10:00:00Z", "2026-11-25T11:00:00+01:00", "before it starts"],
    ["2026-11-25", "2026-11-25T11:00:00Z", "written differently"],
    ["2025-02-29", "2026-01-01", "from"],
    ["2100-02-29", "2101-01-01", "from"],
    ["2026-13-01", "2027-01-01", "from"],
    ["2026-04-31", "2027-01-01", "from"],
    ["2026-04-30T24:00", "2027-01-01", "from"],
    ["2026-04-30T23:60", "2027-01-01", "from"],
  ])("from %s to %s are not", (from, until, message) => {
    expect(freeze(from, until)).toMatchObject([{ message: expect.stringContaining(message) }]);
  });
});
