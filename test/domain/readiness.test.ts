import { describe, expect, it } from "vitest";
import type { EvidenceItem, ReadinessDetail } from "../../src/contract/evidence-detail.ts";
import type { Readiness } from "../../src/contract/fleet-config.ts";
import { Target, type LiveState, type Step } from "../../src/contract/plan.ts";
import { Version } from "../../src/contract/ids.ts";
import {
  EVIDENCE_MAX_AGE_SECONDS,
  judgeReadiness,
  type ReadinessFacts,
} from "../../src/domain/readiness.ts";
import { digest } from "../support/ids.ts";
import { sitePlan, step, update } from "../support/steps.ts";

const now = 1_760_000_000;
const item = (id: string, over: Partial<EvidenceItem> = {}): EvidenceItem => ({
  id,
  level: "proved",
  at: now,
  value: "",
  ...over,
});
const basics = ["files", "loopback", "lock"].map((id) => item(id));
const live = (over: Partial<LiveState> = {}): LiveState => ({
  target: Target.parse("plugins/hello"),
  version: Version.parse("1.0"),
  state: "active",
  tree: digest("tree"),
  ...over,
});
const detail = (items: EvidenceItem[] = basics, states = [live()]): ReadinessDetail => ({
  version: 1,
  items,
  live: states,
  pre: digest("pre"),
});
const judge = (over: Partial<ReadinessFacts> = {}) =>
  judgeReadiness({
    plan: sitePlan(update("1.0", "1.1")),
    demands: [],
    answer: { kind: "evidence", detail: detail(), at: now },
    own: [],
    skew: null,
    autoPatch: false,
    now,
    ...over,
  });
const answer = (given: ReadinessDetail, at = now) => ({
  answer: { kind: "evidence", detail: given, at } as const,
});
const target = (name: string) => Target.parse(name);
const set = (kind: Step["kind"], name: string, from: Step["from"], to: Step["to"]) =>
  step({ kind, target: name, from, to });
const reasonsOf = (result: ReturnType<typeof judge>) =>
  result.points
    .filter((one) => one.result !== "passed")
    .map((one) => `${one.reason} ${one.subject}`);

describe("judgeReadiness", () => {
  it("passes a site that measured everything and is where the plan begins", () => {
    const result = judge();
    expect(result.result).toBe("passed");
    expect(result.points.map(({ subject }) => subject)).toEqual([
      "files",
      "loopback",
      "lock",
      "plugins/hello",
    ]);
  });
  it.each<[string, ReadinessFacts["answer"], string]>([
    ["is silent", { kind: "silent", why: "not reached" }, "silent not reached"],
    ["answers what cannot be read", { kind: "unreadable" }, "unreadable evidence"],
  ])("waits for a site that %s", (_name, given, reason) => {
    const result = judge({ answer: given });
    expect(result.result).toBe("waiting");
    expect(reasonsOf(result)).toEqual([reason]);
  });
  it.each([
    [EVIDENCE_MAX_AGE_SECONDS, "passed"],
    [EVIDENCE_MAX_AGE_SECONDS + 1, "waiting"],
    [-60, "passed"],
    [-61, "waiting"],
    [Number.NaN, "waiting"],
  ])("believes evidence that is %d seconds old: %s", (age, result) => {
    expect(judge(answer(detail(), now - age)).result).toBe(result);
  });
  it.each(["files", "loopback", "lock"])("asks for %s whatever the policy says", (id) => {
    const without = basics.filter((one) => one.id !== id);
    expect(reasonsOf(judge(answer(detail(without))))).toEqual([`item_missing ${id}`]);
    const weak = [...without, item(id, { level: "declared", value: "by a plugin" })];
    expect(reasonsOf(judge(answer(detail(weak))))).toEqual([`item_below ${id}`]);
    const failed = judge(answer(detail([...without, item(id, { level: "failed" })])));
    expect(failed.result).toBe("blocked");
    expect(reasonsOf(failed)).toEqual([`item_failed ${id}`]);
  });
  it("shows what it got and what was wanted", () => {
    const items = [...basics.slice(1), item("files", { level: "unknown", value: "read only" })];
    expect(judge(answer(detail(items))).points[0]).toMatchObject({
      got: "unknown: read only",
      wanted: "proved",
    });
  });
  it("takes what was established here for what the site says of it, and shows it unasked", () => {
    const demand = { when: {}, previousPackage: { level: "declared" } } as unknown as Readiness;
    const site = answer(detail([...basics, item("previousPackage")]));
    const given = (own: EvidenceItem, demands: Readiness[] = []) =>
      judge({ ...site, demands, own: [own] });
    const lost = item("previousPackage", { level: "failed", value: "404" });
    const unasked = given(lost);
    expect(unasked.result).toBe("passed");
    expect(unasked.points).toContainEqual(
      expect.objectContaining({ reason: "not_asked_for", got: "failed: 404" }),
    );
    expect(given(lost, [demand]).result).toBe("blocked");
    const unread = item("previousPackage", { level: "unknown" });
    expect(given(unread).points.map(({ reason }) => reason)).toContain("not_asked_for");
    expect(reasonsOf(given(unread, [demand]))).toEqual(["item_below previousPackage"]);
    const good = given(item("previousPackage"));
    expect(good.points.filter(({ subject }) => subject === "previousPackage")).toMatchObject([
      { result: "passed", reason: "ready" },
    ]);
    expect(given(item("previousPackage"), [demand]).result).toBe("passed");
  });
  it("shows what no policy can ask for, where it was established here", () => {
    const { points } = judge({ own: [item("weather", { level: "failed" })] });
    expect(points).toContainEqual(expect.objectContaining({ reason: "not_asked_for" }));
  });
  it("asks for what the policy demands, as strong and as fresh as it says", () => {
    const demand = {
      when: {},
      backup: { level: "declared", maxAge: 3600 },
    } as unknown as Readiness;
    const given = (over: Partial<EvidenceItem>) =>
      judge({ demands: [demand], ...answer(detail([...basics, item("backup", over)])) });
    expect(given({ level: "declared", at: now - 3600 }).result).toBe("passed");
    expect(reasonsOf(given({ level: "proved", at: now - 3601 }))).toEqual(["stale backup"]);
    expect(given({ level: "proved", at: now + 60 }).result).toBe("passed");
    expect(reasonsOf(given({ level: "proved", at: now + 61 }))).toEqual(["stale backup"]);
    expect(reasonsOf(given({ level: "unknown" }))).toEqual(["item_below backup"]);
    expect(reasonsOf(judge({ demands: [demand] }))).toEqual(["item_missing backup"]);
    const ageless = { when: {}, backup: { level: "declared" } } as unknown as Readiness;
    const old = answer(detail([...basics, item("backup", { at: 1 })]));
    expect(judge({ demands: [ageless], ...old }).result).toBe("passed");
  });
  it("is ready to do nothing only where that was measured", () => {
    expect(judge({ plan: sitePlan() }).points).toHaveLength(3);
    expect(judge({ plan: sitePlan(), ...answer(detail([])) }).result).toBe("waiting");
  });
});

describe("the live state", () => {
  const stateOf = (one: Step, states: LiveState[]) =>
    judge({ plan: sitePlan(one), ...answer(detail(basics, states)) });

  it.each<[string, Step, Partial<LiveState>]>([
    ["the version it begins with", update("1.0", "1.1"), {}],
    ["the version it ends with", update("1.0", "1.1"), { version: Version.parse("1.1") }],
    [
      "nothing, where something is installed",
      set("plugin.install", "plugins/hello", null, "1.0"),
      { state: "absent", version: null, tree: null },
    ],
    ["its state", set("plugin.deactivate", "plugins/hello", "active", "inactive"), {}],
    [
      "a plugin to start",
      set("plugin.activate", "plugins/hello", "inactive", "active"),
      { state: "inactive" },
    ],
    [
      "a theme to switch to",
      set("theme.activate", "themes/new", "old", "new"),
      { target: target("themes/new"), state: "inactive" },
    ],
    [
      "a theme that is switched to already",
      set("theme.activate", "themes/new", null, "new"),
      { target: target("themes/new"), state: "active" },
    ],
    [
      "an option's value",
      set("option.set", "options/posts", 10, 20),
      { target: target("options/posts"), version: null, state: "10", tree: null },
    ],
    [
      "an option that is not there",
      set("option.set", "options/posts", null, 20),
      { target: target("options/posts"), version: null, state: "absent", tree: null },
    ],
    [
      "an open site",
      set("maintenance.set", "maintenance", false, true),
      { target: target("maintenance"), version: null, state: "false", tree: null },
    ],
    [
      "a cache",
      set("cache.flush", "cache", null, null),
      { target: target("cache"), version: null, state: "active", tree: null },
    ],
  ])("fits with %s", (_name, one, over) => {
    expect(stateOf(one, [live(over)]).result).toBe("passed");
  });
  it.each<[string, Step, LiveState[], string]>([
    [
      "another version",
      update("1.0", "1.1"),
      [live({ version: Version.parse("0.9") })],
      "other_state plugins/hello",
    ],
    [
      "an option that is true and should be text",
      set("option.set", "options/posts", "true", 20),
      [live({ target: target("options/posts"), state: "true" })],
      "other_state options/posts",
    ],
    [
      "an option that is text",
      set("option.set", "options/posts", 10, 20),
      [live({ target: target("options/posts"), state: '"x"' })],
      "other_state options/posts",
    ],
    ["no version", update("1.0", "1.1"), [live({ version: null })], "other_state plugins/hello"],
    ["no answer about it", update("1.0", "1.1"), [], "item_missing plugins/hello"],
    [
      "a link in it",
      update("1.0", "1.1"),
      [live({ tree: "unknown" })],
      "link_in_tree plugins/hello",
    ],
    [
      "no theme to switch to",
      set("theme.activate", "themes/new", "old", "new"),
      [live({ target: target("themes/new"), state: "absent", version: null, tree: null })],
      "other_state themes/new",
    ],
    [
      "an option that is no value",
      set("option.set", "options/posts", 10, 20),
      [live({ target: target("options/posts"), state: "{broken" })],
      "other_state options/posts",
    ],
    [
      "an option that is a list",
      set("option.set", "options/posts", 10, 20),
      [live({ target: target("options/posts"), state: "[10]" })],
      "other_state options/posts",
    ],
    [
      "an option of another type",
      set("option.set", "options/posts", 10, 20),
      [live({ target: target("options/posts"), state: '"10"' })],
      "other_state options/posts",
    ],
  ])("waits with %s", (_name, one, states, reason) => {
    const result = stateOf(one, states);
    expect(result.result).toBe("waiting");
    expect(reasonsOf(result)).toEqual([reason]);
  });
  it("is asked of each target's first step: later ones find what that one left", () => {
    const first = set("plugin.install", "plugins/hello", null, "1.0");
    const second = set("plugin.activate", "plugins/hello", "inactive", "active");
    const states = [live({ state: "absent", version: null, tree: null })];
    const result = judge({ plan: sitePlan(first, second), ...answer(detail(basics, states)) });
    expect(result.result).toBe("passed");
    expect(result.points).toHaveLength(4);
    expect(result.points[3]).toMatchObject({
      got: "absent",
      wanted: "nothing there, or 1.0 already",
    });
  });
});

describe("a core that patches itself", () => {
  const stateOf = (from: string | null, to: string, version: string | null, autoPatch = true) => {
    const coreStep = set("core.update", "core", from, to);
    const own = {
      target: target("core"),
      version: version === null ? null : Version.parse(version),
    };
    return judge({ autoPatch, plan: sitePlan(coreStep), ...answer(detail(basics, [live(own)])) });
  };
  it.each([
    ["7.1.1", "7.2", "7.1.3"],
    ["7.1", "7.1.2", "7.1.1"],
    ["7.1", "7.1.1", "7.1.2"],
    ["7.1", "7.2", "7.2.1"],
    [null, "7.2", "7.2.1"],
    ["7.1.1", "7.0", "7.1.3"],
  ])("from %s to %s is no drift at %s", (from, to, version) => {
    expect(stateOf(from, to, version).result).toBe("passed");
    expect(reasonsOf(stateOf(from, to, version, false))).toEqual(["other_state core"]);
  });
  it.each([
    ["7.1.1", "7.2", "7.0.9"],
    ["7.1.1", "7.2", "7.1"],
    ["7.1.1", "7.2", "7.3"],
    ["7.1.3", "7.1", "7.1.2"],
    ["7.1.1", "7.2", null],
  ])("from %s to %s is drift at %s", (from, to, version) => {
    expect(reasonsOf(stateOf(from, to, version))).toEqual(["other_state core"]);
  });
  it("says nothing of a plugin", () => {
    const states = [live({ version: Version.parse("1.0.5") })];
    const result = judge({ autoPatch: true, ...answer(detail(basics, states)) });
    expect(reasonsOf(result)).toEqual(["other_state plugins/hello"]);
  });
});

describe("a site's clock", () => {
  it.each([31, -31, NaN])("waits, whatever the policy says, where it is off by %s s", (skew) => {
    expect(reasonsOf(judge({ skew }))).toEqual(["clock_off clock"]);
  });
  it.each([0, 30, -30])("is good enough where it is off by %s s", (skew) => {
    expect(judge({ skew }).result).toBe("passed");
  });
});
