import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { factSchemas, schemaText } from "../../scripts/generate-fact-schemas.ts";
import { lineAnswerer, simulate } from "../../src/cli/simulate.ts";
import { Answer, ErrorAnswer } from "../../src/contract/answer.ts";
import type { FactsInput } from "../../src/contract/facts.ts";
import { planTrees } from "../../src/domain/plan.ts";
import { planTexts } from "../../src/signing/plan-text.ts";
import { lock, site, tree } from "../support/control-tree.ts";
import {
  at,
  baseFacts,
  change,
  merge,
  plan,
  POLICY,
  policyWith,
  review,
} from "../support/facts-builder.ts";

const answer = (given: unknown) => {
  const [line = ""] = simulate(JSON.stringify(given)).lines;
  return JSON.parse(line) as Partial<Answer> & Partial<ErrorAnswer>;
};
const base = baseFacts();

describe("simulate", () => {
  it("answers one line per line, with the verdict of the App's own functions", () => {
    const two = [base, { ...base, id: 2, reviews: [] }].map((one) => JSON.stringify(one));
    const { lines, exitCode } = simulate(`${two.join("\n\n")}\n`);
    expect(exitCode).toBe(0);
    expect(lines.map((line) => Answer.parse(JSON.parse(line)))).toMatchObject([
      { id: "base", verdict: "passed", planDigest: "d1" },
      { id: 2, verdict: "waiting" },
    ]);
  });

  it("leaves out what the facts do not ask", () => {
    expect(Object.keys(answer(base)).toSorted()).toEqual([
      "discounted",
      "findings",
      "gates",
      "id",
      "planDigest",
      "verdict",
    ]);
  });

  it("answers a merge with what it authorises and holds", () => {
    const now = at(400);
    expect(answer({ ...base, now, merge: merge() })).toMatchObject({
      verdict: "passed",
      attested: true,
      authorised: true,
      issued: true,
      level: "normal",
      held: [],
    });
    const adopt = plan([change({ kind: "site.adopt" })]);
    expect(answer({ ...base, now, merge: merge(), plan: adopt })).toMatchObject({
      verdict: "passed",
      attested: true,
      authorised: false,
    });
    const stale = [review("ana"), review("ben", { commit: "h0" })];
    expect(answer({ ...base, now, merge: merge(), reviews: stale })).toMatchObject({
      discounted: [{ id: 12, reason: "superseded_commit" }],
    });
    expect(answer({ ...base, now, merge: merge(), reviews: [] })).toMatchObject({
      verdict: "blocked",
      attested: false,
      authorised: false,
      issued: false,
      level: "hold",
      held: ["shop"],
      gates: expect.arrayContaining([
        expect.objectContaining({ name: "range", result: "blocked", reason: "missing_approvals" }),
      ]) as unknown[],
    });
    const unread = { ...base, now, merge: merge({ plans: null }) };
    expect(answer(unread)).toMatchObject({ verdict: "waiting", attested: false, held: [] });
    const noLevel = answer({ ...base, now, merge: merge(), levels: null });
    expect(noLevel).toMatchObject({ authorised: true, issued: false, verdict: "waiting" });
    expect(noLevel).not.toHaveProperty("level");
  });

  it("says of a decision on record that it is authorised, though no plan can be read by now", () => {
    const decided = merge({ decided: "authorised", plans: null });
    expect(answer({ ...base, merge: decided })).toMatchObject({ authorised: true, issued: false });
  });

  it("attests a range that plans nothing, and authorises nothing", () => {
    const nothing = { ...base, now: at(400), plan: plan([]), merge: merge() };
    expect(answer(nothing)).toMatchObject({ verdict: "passed", attested: true, authorised: false });
  });

  it("waits with an authorised merge whose actions wait for a level", () => {
    const levels = { fleet: "hold", sites: {} };
    expect(answer({ ...base, now: at(400), merge: merge(), levels })).toMatchObject({
      verdict: "waiting",
      authorised: true,
      issued: false,
      findings: [{ rule: "hold", severity: "warning", result: "waiting", trace: ["shop"] }],
    });
  });

  it("answers commands alone without a verdict", () => {
    const said = { name: "rollback", target: "shop", by: { id: 11, login: "ana", type: "User" } };
    const commands = [{ ...said, reason: null, at: at(10), edited: false }];
    const asked = { ...base, proposal: null, commits: null, reviews: null };
    expect(answer({ ...asked, commands })).toMatchObject({ allowed: true });
    expect(answer({ ...asked, commands })).not.toHaveProperty("verdict");
    const edited = [{ ...commands[0], edited: true }];
    expect(answer({ ...base, commands: edited })).toMatchObject({
      allowed: false,
      verdict: "passed",
      findings: [{ rule: "edited", severity: "error", result: "blocked" }],
    });
    const both = [...commands, { ...edited[0], target: "blog" }];
    expect(answer({ ...asked, commands: both })).toMatchObject({ allowed: false });
    expect(answer({ ...asked, commands, config: { state: "missing" } }).allowed).toBe(false);
    expect(answer({ ...base, commands: [] })).not.toHaveProperty("allowed");
    expect(answer({ ...base, commands: null })).toMatchObject({ allowed: false });
  });

  it("records what was out of the ordinary", () => {
    const text = POLICY.replace(/security: \{ users.*\n/u, "security: { users: [zoe] }\n");
    const commands = [
      {
        name: "release",
        target: "fleet",
        by: { id: 1, login: "o", type: "User" },
        reason: "r",
        at: at(1),
      },
    ];
    const policy = { ...base, config: { state: "ok", text }, cause: "gone", commands };
    const { plan: _, ...without } = { ...policy, proposal: null };
    expect(answer(without).findings).toEqual([
      expect.objectContaining({
        rule: "login_not_pinned",
        file: "countersign.yml",
        trace: ["roles.security", "zoe", "countersign pin zoe"],
      }),
      expect.objectContaining({ rule: "owners_stand_in", trace: ["1"] }),
    ]);
    const adopt = plan([change({ site: null, kind: "policy.change", risk: "low" })]);
    const { commands: __, ...asked } = policy;
    expect(
      answer({ ...asked, plan: adopt, reviews: [review("ana"), review("owner")] }),
    ).toMatchObject({
      verdict: "passed",
      findings: [
        { rule: "login_not_pinned" },
        { rule: "owners_stand_in", trace: ["rights.change-policy"] },
      ],
    });
  });

  it("names each item of readiness that is not as the policy demands, with its age", () => {
    const text = `${POLICY}readiness:
  - { when: {}, loopback: proved, restoreDrill: { level: proved, maxAge: 7d }, backup: declared }
`;
    const given = {
      ...base,
      config: { state: "ok", text },
      checks: { policy: "passed" },
      readiness: {
        shop: {
          loopback: "failed",
          restoreDrill: { level: "proved", at: at(-8 * 86_400) },
          backup: "declared",
        },
      },
    };
    const { findings, verdict } = answer(given);
    expect(verdict).toBe("blocked");
    expect(findings?.filter(({ rule }) => rule === "readiness")).toMatchObject([
      {
        severity: "error",
        result: "blocked",
        trace: ["shop", "loopback: got failed, wanted proved"],
      },
      {
        severity: "warning",
        result: "waiting",
        trace: ["shop", "restoreDrill: got proved, 8 d old, wanted proved, at most 7 d old"],
      },
    ]);
  });
  it("records one person who released alone, and whose glass was broken", () => {
    const text = POLICY.replace(", { login: dan, id: 14 }", "");
    const carol = { id: 13, login: "carol", type: "User" };
    const release = (seconds: number) => ({
      name: "release",
      target: "shop",
      by: carol,
      reason: "r",
      at: at(seconds),
    });
    const levels = { fleet: "normal", sites: { shop: "contained" } };
    const asked = { ...base, proposal: null, levels, cause: "gone", now: at(200_000) };
    const commands = [release(0), release(86_400)];
    expect(answer({ ...asked, config: { state: "ok", text }, commands })).toMatchObject({
      allowed: true,
      findings: [{ rule: "one_person", trace: ["13"] }],
    });
    const glass = (id: number) => ({
      gate: "operators",
      user: { id, login: "x", type: "User" },
      reason: "down",
      at: at(500),
      digest: "current",
      edited: false,
    });
    const breakGlass = [glass(13), glass(14)];
    expect(answer({ ...base, now: at(600), reviews: [], breakGlass })).toMatchObject({
      verdict: "passed",
      findings: [{ rule: "break_glass", trace: ["operators", "13", "14"] }],
    });
  });

  it("names the errors of a broken policy with their place, in force or proposed", () => {
    const broken = "version: 1\nroles: {}\ngates: []\n";
    const place = { file: "countersign.yml", line: 3, severity: "error", result: "blocked" };
    expect(answer({ ...base, config: { state: "ok", text: broken } })).toMatchObject({
      verdict: "blocked",
      findings: [place],
    });
    const proposal = { ...base.proposal, configAtHead: broken };
    expect(answer({ ...base, proposal })).toMatchObject({ verdict: "blocked" });
    expect(answer({ ...base, proposal }).findings).toContainEqual(expect.objectContaining(place));
    const good = { ...base.proposal, configAtHead: `${POLICY}# more\n` };
    expect(answer({ ...base, proposal: good }).findings).toEqual([]);
    const unknown = {
      ...base,
      config: {
        state: "ok",
        text: POLICY.replace("role: operators, count: 1", "role: nobody, count: 1"),
      },
    };
    expect(answer(unknown)).toMatchObject({
      findings: [{ trace: ['unknown role "nobody"', "operators, security"] }],
    });
  });

  it("takes the policy's digest from its text where the facts name none", () => {
    const text = policyWith(
      "  - { name: g, keep: same-plan, require: [{ role: operators, count: 1 }] }",
    );
    const config = { state: "ok" as const, text };
    const shown = ["h1", "h2"].map((head, index) => ({
      head,
      digest: "d1",
      at: at(100 + 200 * index),
    }));
    const proposal = { ...base.proposal!, head: "h2" };
    const asked = { ...base, config, proposal };
    const known = shown.map((one) => ({ ...one, config: "current" }));
    expect(answer({ ...asked, shown: known }).verdict).toBe("passed");
    const other = shown.map((one) => ({ ...one, config: "c1" }));
    expect(answer({ ...asked, shown: other }).verdict).toBe("waiting");
    expect(answer({ ...asked, config: null }).verdict).toBe("waiting");
    expect(answer({ ...asked, config: { state: "unreachable" } }).verdict).toBe("waiting");
  });
});

describe("simulate computes the plan of given trees", () => {
  const policy = { "countersign.yml": POLICY };
  const before = tree(
    policy,
    lock("plugins/akismet@5.3"),
    site("shop", 'plugins: { akismet: { version: "5.3", state: active } }'),
  );
  const after = tree(
    policy,
    lock("plugins/akismet@5.3"),
    lock("plugins/akismet@5.4"),
    site("shop", 'plugins: { akismet: { version: "5.4", state: active } }'),
  );
  const trees = { before: Object.fromEntries(before), after: Object.fromEntries(after) };

  it("with the digest that anyone computes from a clone", () => {
    const { plan: _, ...without } = base;
    const digest = planTexts(planTrees({ before, after }))?.fleet.digest;
    expect(digest).toBeTypeOf("string");
    expect(answer({ ...without, trees })).toMatchObject({
      planDigest: digest,
      verdict: "passed",
      gates: expect.arrayContaining([expect.objectContaining({ name: "operators" })]) as unknown[],
    });
    const levels = { fleet: "hold", sites: {} };
    expect(answer({ ...without, trees, levels }).verdict).toBe("waiting");
    const recovers = plan([], { recovers: ["shop"] });
    expect(answer({ ...base, plan: recovers, trees, levels }).verdict).toBe("passed");
  });

  it("and says at the line what cannot be planned", () => {
    const { [`packages/plugins/akismet/5.4.yml`]: _, ...unlocked } = trees.after;
    expect(answer({ ...base, trees: { before: trees.before, after: unlocked } })).toMatchObject({
      verdict: "blocked",
      planDigest: null,
      findings: expect.arrayContaining([
        expect.objectContaining({ rule: "package.lock_missing", file: "sites/shop.yml" }),
      ]) as unknown[],
    });
  });

  it("and notes what it leaves alone", () => {
    const without = tree(policy, lock("plugins/akismet@5.3"), site("shop", "plugins: {}"));
    const given = { ...base, trees: { before: trees.before, after: Object.fromEntries(without) } };
    expect(answer(given)).toMatchObject({
      findings: [{ rule: "plan.unmanaged", result: "passed", file: "sites/shop.yml" }],
    });
  });

  it("and refuses text that no file can hold", () => {
    const odd = { ...trees.after, CODEOWNERS: "\ud800" };
    expect(answer({ ...base, trees: { before: trees.before, after: odd } })).toMatchObject({
      id: "base",
      error: { code: "not_facts" },
    });
  });
});

describe("a line that does not fit", () => {
  it.each<[string, unknown, string]>([
    ["misses the time", { ...base, now: undefined }, "now"],
    ["has no time", { ...base, now: "yesterday" }, "now"],
    ["has a time without seconds", { ...base, now: "2026-11-24T20:00Z" }, "now"],
    ["has an unknown key", { ...base, mood: 1 }, ""],
    [
      "has a wrong kind inside",
      { ...base, reviews: [{ ...review("ana"), state: "LIKED" }] },
      "reviews[0].state",
    ],
    [
      "has a login for an id",
      { ...base, repository: { ...base.repository, owners: ["ana"] } },
      "repository.owners[0]",
    ],
    ["lists one id twice", { ...base, people: [base.people![0], base.people![0]] }, "people"],
    ["is a list", [], ""],
    ["is null", null, ""],
  ])("%s: an error with its path, exit 1, and the others are answered", (_, given, path) => {
    const { lines, exitCode } = simulate(`${JSON.stringify(given)}\n${JSON.stringify(base)}`);
    expect(exitCode).toBe(1);
    const [first = "", second = ""] = lines;
    const id = typeof given === "object" && given !== null && "id" in given ? "base" : null;
    expect(ErrorAnswer.parse(JSON.parse(first))).toMatchObject({
      id,
      error: { code: "not_facts", path },
    });
    expect(JSON.parse(second)).toMatchObject({ verdict: "passed" });
  });

  it("is not JSON, or has an id that is none", () => {
    const answerLine = lineAnswerer();
    expect(answerLine("{")).toMatchObject({ id: null, error: { code: "not_json" } });
    expect(answerLine('{"id": {}}')).toMatchObject({ id: null, error: { code: "not_facts" } });
    expect(answerLine('{"id": 7}')).toMatchObject({ id: 7, error: { code: "not_facts" } });
  });

  it("never passes when any one fact could not be read", () => {
    const facts: FactsInput = { ...base, now: at(400) };
    const harmless = new Set([
      "id",
      "now",
      "emails",
      "states",
      "comments",
      "overrides",
      "breakGlass",
      "mergeGroup",
      "merge",
      "repository",
      "readiness",
    ]);
    for (const key of Object.keys(facts).filter((name) => !harmless.has(name))) {
      expect([key, answer({ ...facts, [key]: null }).verdict]).not.toEqual([key, "passed"]);
    }
  });
});

describe("simulate is fast and documented", () => {
  it("answers 1,000 lines in one process in under 5 s", () => {
    const lines = Array.from({ length: 1000 }, (_, id) =>
      JSON.stringify({ ...base, id, merge: merge() }),
    );
    const started = performance.now();
    expect(simulate(lines.join("\n")).lines).toHaveLength(1000);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it.each(Object.keys(factSchemas))("docs/schemas/%s is what the contract says", (name) => {
    const committed = readFileSync(new URL(`../../docs/schemas/${name}`, import.meta.url), "utf8");
    expect(committed).toBe(schemaText(name));
  });
});
