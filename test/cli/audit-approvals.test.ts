/** Approvals on record are judged anew, by the policy of their time and the plan of two trees. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { judgeApprovals } from "../../src/cli/audit-approvals.ts";
import type { AuditEntry } from "../../src/contract/audit-entry.ts";
import type { Tree } from "../../src/contract/control-repository.ts";
import { digest, sha } from "../support/ids.ts";
import { World } from "../support/fleet-world.ts";

let world: World;
let entries: readonly AuditEntry[];
beforeAll(async () => {
  world = await World.open({ sites: ["shop", "blog"] });
  await world.bring(7, { shop: "1.1", blog: "1.1" });
  for (const site of ["shop", "blog"]) await world.run(site);
  await world.bring(8, { shop: "1.2", blog: "1.1" });
  entries = [...world.fleet.log.entries];
});
afterAll(() => world.close());

/** What a clone reads of the fleet's commits; `over` replaces the files of one. */
function cloneWith(over: ReadonlyMap<string, Tree | null> = new Map()) {
  const of = (commit: string) => {
    const given = over.get(commit);
    return given === undefined ? (world.forge.trees.get(commit) ?? null) : given;
  };
  return {
    resolve: async (...names: readonly string[]) => names.find((name) => of(name) !== null) ?? null,
    file: async (commit: string, path: string) => {
      const content = of(commit)?.get(path);
      return typeof content === "string" ? content : null;
    },
    files: async (commit: string) => new Map(of(commit) ?? []),
  };
}
const codes = async (log: readonly AuditEntry[], clone = cloneWith()) => {
  const { bad } = await judgeApprovals(log, clone);
  return bad.map(({ index, code }) => `${log[index ?? -1]?.kind} ${code}`);
};
/** The log with the first entry of a kind changed. */
function edited(kind: AuditEntry["kind"], change: object): AuditEntry[] {
  const at = entries.findIndex(
    (entry) => entry.kind === kind && !("plan" in entry && entry.plan === null),
  );
  return entries.with(at, { ...entries[at], ...change } as AuditEntry);
}
const attestedFor = () => entries.find((one) => one.kind === "pairing")!;

describe("approvals on record", () => {
  it("hold in a fleet that did all as it should", async () => {
    expect(await judgeApprovals(entries, cloneWith())).toEqual({ judged: 2, unproved: 0, bad: [] });
  });
  it.each<[string, string, () => AuditEntry[]]>([
    [
      "the verdict is missing",
      "range approval_missing",
      () => entries.filter(({ kind }) => kind !== "verdict").slice(),
    ],
    [
      "the verdict did not pass",
      "range approval_missing",
      () => edited("verdict", { result: "waiting" }),
    ],
    [
      "the verdict was on another plan",
      "range approval_missing",
      () => edited("verdict", { plan: digest("other") }),
    ],
    [
      "the verdict was by another policy",
      "range approval_policy",
      () => edited("verdict", { config: digest("other") }),
    ],
    ["nobody counted", "range approval_seats", () => edited("verdict", { counted: [] })],
    [
      "the gate is not among those that passed",
      "range approval_gate",
      () => edited("verdict", { gates: [] }),
    ],
    [
      "the merge was never settled",
      "authorised approval_range",
      () => edited("authorised", { merge: sha("other") }),
    ],
    [
      "the action is for another plan",
      "authorised approval_range",
      () => edited("authorised", { fleet: digest("other") }),
    ],
    [
      "the range was not authorised",
      "authorised approval_range",
      () => edited("range", { result: "attested" }),
    ],
  ])("are found wrong where %s", async (_name, code, change) => {
    expect(await codes(change())).toContain(code);
  });
  it("are found wrong where the commits give another plan than the one approved", async () => {
    const range = entries.findLast((one) => one.kind === "range")!;
    const tree = new Map(world.forge.trees.get(range.to));
    const text = String(tree.get("sites/blog.yml")).replace('"1.1"', '"1.2"');
    const other = cloneWith(new Map([[range.to, tree.set("sites/blog.yml", text)]]));
    expect(await codes(entries, other)).toContain("range approval_plan");
  });
  it("are found wrong where the policy in force was another one", async () => {
    const { commit } = attestedFor() as { commit: string };
    const tree = new Map(world.forge.trees.get(commit));
    const lax = String(tree.get("countersign.yml")).replace("count: 1 }]", "count: 2 }]");
    const other = cloneWith(new Map([[commit, tree.set("countersign.yml", lax)]]));
    expect(await codes(entries, other)).toContain("range approval_policy");
  });
  it("are unproved, and not wrong, where the clone does not have a commit", async () => {
    const { commit } = attestedFor() as { commit: string };
    const shallow = cloneWith(new Map([[commit, null]]));
    expect(await judgeApprovals(entries, shallow)).toEqual({ judged: 1, unproved: 1, bad: [] });
  });
});
