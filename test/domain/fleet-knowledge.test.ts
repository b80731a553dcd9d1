import { describe, expect, it } from "vitest";
import { planTrees } from "../../src/domain/plan.ts";
import { withSchemaChanges } from "../../src/domain/fleet-knowledge.ts";
import { assessReversibility, withReason } from "../../src/domain/reversibility.ts";
import { planTexts } from "../../src/signing/plan-text.ts";
import { lock, site, tree } from "../support/control-tree.ts";

const wants = (version: string, state = "active") =>
  `plugins: { shop: { version: "${version}", state: ${state} } }`;
const locks = { ...lock("plugins/shop@1.0"), ...lock("plugins/shop@1.1") };

/** A fleet of two sites at 1.0. */
const planOf = (version: string, state = "active") =>
  planTrees({
    before: tree({ ...locks, ...site("a", wants("1.0")), ...site("b", wants("1.0")) }),
    after: tree({ ...locks, ...site("a", wants(version, state)), ...site("b", wants("1.0")) }),
  });
const changer = (plan = planOf("1.1")) => [...plan.sitePlans.values()];
const undo = ({ changes }: ReturnType<typeof planOf>) =>
  changes.map(({ reversibility, reversibilityReasons }) => [reversibility, reversibilityReasons]);

describe("a step that changed the schema of a site", () => {
  it("is undone in part wherever it is planned again, and the plan's digest stays", () => {
    const plan = planOf("1.1");
    const told = withSchemaChanges(plan, changer());
    expect(undo(plan)).toEqual([["reversible", ["files_come_back"]]]);
    expect(undo(told)).toEqual([["partly", ["files_come_back", "schema_changed_before"]]]);
    expect(planTexts(told)).toEqual(planTexts(plan));
  });
  it("says nothing of the way back, of another version, or of a step that brings no code", () => {
    const back = planTrees({
      before: tree({ ...locks, ...site("a", wants("1.1")) }),
      after: tree({ ...locks, ...site("a", wants("1.0")) }),
    });
    const off = planOf("1.0", "inactive");
    expect(off.changes.map(({ kind }) => kind)).toEqual(["plugin.deactivate"]);
    for (const plan of [back, off]) {
      expect(undo(withSchemaChanges(plan, changer()))).toEqual(undo(plan));
      expect(undo(withSchemaChanges(off, changer(off)))).toEqual(undo(off));
    }
    const plan = planOf("1.1");
    expect(withSchemaChanges(plan, [])).toBe(plan);
  });
});

it("keeps the worse reversibility when a reason is added", () => {
  const lost = assessReversibility(["deletion_loses_data"]);
  expect(withReason(lost, "schema_changed_before")).toEqual({
    reversibility: "not",
    reversibilityReasons: ["deletion_loses_data", "schema_changed_before"],
  });
  const bare = { reversibility: "reversible", reversibilityReasons: [] } as const;
  expect(withReason(bare, "schema_changed_before").reversibility).toBe("partly");
});
