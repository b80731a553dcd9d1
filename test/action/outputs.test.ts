/** What later steps and people get from a run, from what came of it alone. */
import { describe, expect, it } from "vitest";
import { faultText } from "../../action/fault-text.ts";
import { outputsOf } from "../../action/outputs.ts";
import type { Done } from "../../action/run.ts";
import { summaryOf } from "../../action/summary.ts";
import type { AuditEntry } from "../../src/contract/audit-entry.ts";
import type { Authorisation } from "../../src/domain/history.ts";
import { CountersignError } from "../../src/errors.ts";
import { missingPermission } from "../../src/github/client.ts";
import type { ToldVerdict } from "../../src/workflow/fleet.ts";
import { digest, site } from "../support/ids.ts";

const nothing: Done = {
  verdicts: new Map(),
  entries: [],
  failed: new Map(),
  open: [],
  silent: [],
};
const verdict = (pull: number, result: string, reason: string | null, risks: string[] = []) =>
  [
    pull,
    {
      pull,
      verdict: { result, reason },
      plan: { changes: risks.map((risk) => ({ risk })) },
      digest: digest(`plan ${pull}`),
    } as unknown as ToldVerdict,
  ] as const;
const entry = (fields: object) => fields as AuditEntry;
const receipt = (out: string) => entry({ kind: "receipt", site: "shop", out, sub: "abc" });
const away = new CountersignError("github_unreachable", "GitHub could not list pulls.", {
  hint: "It is tried again.",
});

const waits = { entry: { site: "blog", sub: "def" }, sentAt: null } as unknown as Authorisation;

describe("outputs", () => {
  const verdicts = new Map([
    verdict(9, "waiting", "approvals_missing", ["low", "critical", "medium"]),
    verdict(4, "passed", null),
  ]);
  it("are those of the proposal that the event names", () => {
    expect(outputsOf({ ...nothing, verdicts }, 9)).toMatchObject({
      verdict: "waiting",
      reason_code: "approvals_missing",
      plan_digest: digest("plan 9"),
      risk: "critical",
    });
    expect(outputsOf({ ...nothing, verdicts }, 4)).toMatchObject({ verdict: "passed", risk: "" });
  });
  it("are the run's own where it names none", () => {
    const refused = new Map([verdict(4, "blocked", "policy_failed", ["high"])]);
    for (const judged of [verdicts, refused]) {
      expect(outputsOf({ ...nothing, verdicts: judged }, null)).toMatchObject({
        verdict: "passed",
        reason_code: "",
        plan_digest: "",
        risk: "",
      });
    }
    const hurt = { ...nothing, entries: [receipt("applied"), receipt("rolled_back")] };
    expect(outputsOf(hurt, null)).toMatchObject({ verdict: "blocked", reason_code: "rolled_back" });
    const failed = new Map([["review 4", away]]);
    expect(outputsOf({ ...nothing, failed }, null)).toMatchObject({
      verdict: "waiting",
      reason_code: "github_unreachable",
    });
  });
  it("have not passed where the proposal was not judged", () => {
    expect(outputsOf({ ...nothing, verdicts }, 77)).toMatchObject({
      verdict: "waiting",
      reason_code: "not_judged",
      plan_digest: "",
    });
    const hurt = { ...nothing, entries: [receipt("rolled_back")] };
    expect(outputsOf(hurt, 77)).toMatchObject({ verdict: "blocked", reason_code: "rolled_back" });
  });
  it.each<[string, string, Partial<Done>]>([
    ["blocked", "range_unattested", { entries: [entry({ kind: "range", result: "unattested" })] }],
    [
      "blocked",
      "files_changed",
      { entries: [entry({ kind: "level", level: "hold", cause: "files_changed" })] },
    ],
    [
      "passed",
      "",
      {
        entries: [
          entry({ kind: "range", result: "attested" }),
          entry({ kind: "level", level: "normal", cause: "released" }),
        ],
      },
    ],
    ["waiting", "action_open", { open: [waits] }],
    ["waiting", "site_silent", { silent: [site("news")] }],
  ])("are %s (%s) by what the run leaves", (result, reason, left) => {
    expect(outputsOf({ ...nothing, ...left }, null)).toMatchObject({
      verdict: result,
      reason_code: reason,
    });
  });
  it("count what happened, and list all of it as JSON", () => {
    const open = [waits];
    const entries = [entry({ kind: "authorised" }), receipt("applied"), receipt("applied")];
    const { counts, json } = outputsOf(
      { ...nothing, verdicts, entries, open, silent: [site("news")] },
      null,
    );
    const counted = { proposals: 2, authorised: 1, sites: { applied: 2 } };
    expect(JSON.parse(counts)).toEqual(counted);
    expect(JSON.parse(json)).toMatchObject({
      version: 1,
      ...counted,
      open: [{ site: "blog", action: "def" }],
      silent: ["news"],
      verdicts: [{ proposal: 4 }, { proposal: 9, risk: "critical", plan_digest: digest("plan 9") }],
    });
  });
});

describe("the summary", () => {
  it("says that there was nothing to do", () => {
    expect(summaryOf(nothing)).toBe(
      "## Countersign\n\nNo open proposal.\n\nNothing was outstanding, and nothing new is on record.",
    );
  });
  it("says what happened, what is left, and which site kept silent", () => {
    const open = [
      { entry: { site: "blog", sub: "def" }, sentAt: null },
      { entry: { site: "club", sub: "ghi" }, sentAt: "2026-11-25T12:00:00Z" },
    ] as unknown as Authorisation[];
    const entries = [
      entry({ kind: "range", to: "0123456789abcdef", result: "authorised" }),
      receipt("rolled_back"),
      entry({ kind: "level", site: "shop", level: "hold", cause: "rolled_back" }),
      entry({ kind: "level", site: null, level: "normal", cause: "release" }),
      entry({ kind: "incident", issue: 12, cause: "rolled_back", phase: "contained" }),
      entry({ kind: "incident", issue: 12, cause: "closed", phase: "closed" }),
      entry({ kind: "drift", site: "news", count: 1 }),
      entry({ kind: "ended", sub: "xyz", how: "lapsed" }),
      entry({ kind: "pairing", site: "club" }),
      entry({ kind: "hearing" }),
    ];
    const failed = new Map([["review 4", new Error("<b>bold</b> @ada | x")]]);
    const text = summaryOf({
      verdicts: new Map([verdict(4, "waiting", "draft", ["low"])]),
      entries,
      open,
      failed,
      silent: [site("news")],
    });
    expect(text.split("\n").filter((line) => line !== "")).toEqual([
      "## Countersign",
      "| proposal | verdict | why | risk | plan |",
      "| --- | --- | --- | --- | --- |",
      `| #4 | waiting | draft | low | \`${digest("plan 4").slice(7, 19)}\` |`,
      "- 0123456 on the default branch: **authorised**",
      "- shop: **rolled_back** (`abc`)",
      "- shop: level **hold** (rolled_back)",
      "- the fleet: level **normal** (release)",
      "- incident #12: rolled_back",
      "- news: 1 difference from the repository",
      "- `xyz`: **lapsed**",
      "- club: paired",
      "- ⏳ blog: waits for its turn (`def`)",
      "- ⏳ club: sent, and not answered yet (`ghi`)",
      "- ⚠️ news did not say what it runs",
      String.raw`- ✗ review 4: &lt;b&gt;bold&lt;/b&gt; @⁠ada \| x`,
      "10 new entries in the audit log, 1 receipt among them. The next run goes on with what is left.",
    ]);
  });
  it("does not say that there is no proposal where none could be looked for", () => {
    const failed = new Map([["sweep ", away]]);
    expect(summaryOf({ ...nothing, failed })).not.toContain("No open proposal");
  });
});

describe("a refused permission", () => {
  const refusal = (message: string, headers: object, status = 403) =>
    new CountersignError("github_refused", "GitHub would not do it.", {
      hint: "Compare.",
      cause: Object.assign(new Error(message), { status, response: { headers } }),
    });
  const missing = "Resource not accessible by integration";
  it.each([
    ["contents=read", "lack `contents: write`."],
    ["issues=write; pull_requests=write", "lack `issues: write` or `pull-requests: write`."],
    ["actions=read", "lack `actions: read`."],
    ["secrets=read", "lacks one of the `permissions:`"],
  ])("is named: %s", (accepted, words) => {
    const text = faultText(refusal(missing, { "x-accepted-github-permissions": accepted }));
    expect(text).toContain(words);
    expect(text).not.toContain("Compare");
  });
  it("is told from other refusals, and from limits", () => {
    expect(missingPermission(refusal(missing, {}))).toBe("");
    expect(missingPermission(refusal("Upgrade to GitHub Pro", {}))).toBeNull();
    expect(missingPermission(refusal(missing, {}, 404))).toBeNull();
    expect(missingPermission(refusal(missing, { "retry-after": "60" }))).toBeNull();
    expect(faultText(refusal("Upgrade", {}))).toContain("Compare");
  });
});
