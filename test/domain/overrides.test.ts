import { describe, expect, it } from "vitest";
import type { FactsInput } from "../../src/contract/facts.ts";
import { overriddenRules } from "../../src/domain/overrides.ts";
import {
  actor,
  at,
  by,
  change,
  commit,
  config,
  facts,
  ids,
  merge,
  type Name,
  plan,
  POLICY,
} from "../support/facts-builder.ts";

const RULES = `${POLICY}rules:
  - { id: age, assert: { package.ageDays: ">= 3" }, enforcement: soft }
  - { id: size, assert: { package.bytes: "< 9" }, enforcement: hard }
`;
type Override = NonNullable<FactsInput["overrides"]>[number];
const override = (name: Name, over: Partial<Override> = {}): Override => ({
  rule: "age",
  user: actor(name),
  reason: "a fix for an attack under way",
  at: at(250),
  digest: "d1",
  edited: false,
  ...over,
});
const rules = (overrides: Override[] | null, over: Partial<FactsInput> = {}, text = RULES) =>
  overriddenRules(config(text), facts({ overrides, ...over })).map(({ rule }) => rule);

describe("overrides", () => {
  it("take a soft rule out for one plan digest, by the right and with a reason", () => {
    expect(overriddenRules(config(RULES), facts({ overrides: [override("carol")] }))).toEqual([
      { rule: "age", by: [ids.carol] },
    ]);
  });

  it.each<[string, Override]>([
    ["of a hard rule", override("carol", { rule: "size" })],
    ["of no rule", override("carol", { rule: "agee" })],
    ["of another digest", override("carol", { digest: "d0" })],
    ["without a reason", override("carol", { reason: " " })],
    ["in an edited comment", override("carol", { edited: true })],
    ["by somebody without the right", override("ana")],
    ["by a bot", override("bot")],
    ["by an agent", override("agent")],
    ["by a deleted account", override("carol", { user: null })],
    ["of unknown time", override("carol", { at: null })],
  ])("do nothing %s", (_, given) => {
    expect(rules([given])).toEqual([]);
  });

  it("do nothing by a contributor, or while contributors, role or overrides are unread", () => {
    expect(rules([override("carol")], { commits: [commit({ author: by("carol") })] })).toEqual([]);
    expect(rules([override("carol")], { commits: null })).toEqual([]);
    expect(rules([override("carol")], { people: null })).toEqual([]);
    expect(rules(null)).toEqual([]);
    const without = RULES.replace(/ {2}override: .*\n/u, "");
    expect(rules([override("carol")], {}, without)).toEqual([]);
  });

  it("count only before the merge, in the same second in time", () => {
    expect(rules([override("carol", { at: at(300) })], { merge: merge() })).toEqual(["age"]);
    expect(rules([override("carol", { at: at(301) })], { merge: merge() })).toEqual([]);
    expect(rules([override("carol")], { merge: merge({ at: null }) })).toEqual([]);
  });

  it("need as many people as the right says", () => {
    const two = RULES.replace(
      "override: { role: security }",
      "override: { role: security, count: 2 }",
    );
    expect(rules([override("carol")], {}, two)).toEqual([]);
    expect(rules([override("carol"), override("dan")], {}, two)).toEqual(["age"]);
  });

  it("are the owners' where nobody holds the right and the plan has no steps", () => {
    const empty = RULES.replace(/security: \{ users.*\n/u, "security: {}\n");
    const adopt = plan([change({ kind: "site.adopt" })]);
    expect(rules([override("owner")], { plan: adopt }, empty)).toEqual(["age"]);
    expect(rules([override("owner")], {}, empty)).toEqual([]);
    expect(rules([override("owner")], { plan: null }, empty)).toEqual([]);
    const mixed = plan([change(), change({ kind: "site.adopt" })]);
    expect(rules([override("owner")], { plan: mixed }, empty)).toEqual([]);
  });
});
