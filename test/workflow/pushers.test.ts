import { beforeEach, describe, expect, it } from "vitest";
import type { CommitSha } from "../../src/contract/ids.ts";
import type { Fleet } from "../../src/workflow/fleet.ts";
import { pushersOf } from "../../src/workflow/pushers.ts";
import { commitBy, MemoryForge, people, type Who } from "../support/memory-forge.ts";

let forge: MemoryForge;
let base: CommitSha;
const names = new Map<CommitSha, string>();
const commit = (name: string, ...parents: CommitSha[]) => {
  const sha = forge.commit(name, new Map(), ...parents);
  names.set(sha, name);
  return sha;
};
beforeEach(() => {
  forge = MemoryForge.open({ now: () => 1_764_000_000 }, 1);
  base = commit("base");
  forge.branches.set("main", base);
});
const push = (after: CommitSha, by: Who | null, type = "push") =>
  forge.move("change-7", after, by, type);

/** `commit: pushers` of a proposal with these commits, the last one its head. */
async function told(...commits: CommitSha[]): Promise<string[]> {
  const steps = [...forge.steps];
  forge.propose(7, commits.at(-1)!, "ada");
  forge.steps.splice(0, forge.steps.length, ...steps);
  const own = commits.map((sha) => commitBy(sha, forge.parents.get(sha) ?? [], "ada"));
  const found = await pushersOf({ forge } as unknown as Fleet, forge.pulls.get(7)!, own);
  const login = (id: number) => Object.values(people).find((one) => one.id === id)?.login;
  return [...found]
    .map(([sha, by]) => `${names.get(sha)}: ${by.map(login).toSorted(byText).join(" ")}`)
    .toSorted(byText);
}
const byText = (a = "", b = "") => (a < b ? -1 : 1);

describe("pushersOf", () => {
  it("names for each commit whose push brought it", async () => {
    const [one] = [commit("one", base)];
    const two = commit("two", one);
    const three = commit("three", two);
    push(one, "ada", "branch_creation");
    push(three, "olivia");
    expect(await told(one, two, three)).toEqual(["one: ada", "three: olivia", "two: olivia"]);
  });
  it("gives the next pusher nothing of a push whose actor is not known", async () => {
    const one = commit("one", base);
    const two = commit("two", one);
    push(one, null, "branch_creation");
    push(two, "olivia");
    expect(await told(one, two)).toEqual(["two: olivia"]);
  });
  it("leaves what survived a force-push with whoever brought it", async () => {
    const one = commit("one", base);
    const two = commit("two", one);
    push(two, "sam", "branch_creation");
    push(one, "olivia", "force_push");
    expect(await told(one)).toEqual(["one: sam"]);
    const three = commit("three", one);
    push(two, "sam", "force_push");
    push(three, "omar", "force_push");
    expect(await told(one, three)).toEqual(["one: sam", "three: omar"]);
  });
  it("knows a rebased commit by whoever forced it there, and forgets who pushed the lost one", async () => {
    const lost = commit("lost", base);
    const rebased = commit("rebased", base);
    push(lost, "sam", "branch_creation");
    push(rebased, "olivia", "force_push");
    expect(await told(rebased)).toEqual(["rebased: olivia"]);
  });
  it("names everyone who pushed the same commit, over a deleted branch too", async () => {
    const one = commit("one", base);
    push(one, "sam", "branch_creation");
    push("0".repeat(40) as CommitSha, "sam", "branch_deletion");
    forge.branches.delete("change-7");
    push(one, "olivia", "branch_creation");
    expect(await told(one)).toEqual(["one: olivia sam"]);
  });
  it("counts what comes through the second parent of a merge to whoever merged it in", async () => {
    const one = commit("one", base);
    const side = commit("side", base);
    const merged = commit("merged", one, side);
    push(one, "ada", "branch_creation");
    push(merged, "olivia");
    expect(await told(one, side, merged)).toEqual(["merged: olivia", "one: ada", "side: olivia"]);
  });
  it("takes a branch that began at the default branch for pushed by nobody there", async () => {
    const one = commit("one", base);
    push(base, "sam", "branch_creation");
    push(one, "ada");
    expect(await told(one)).toEqual(["one: ada"]);
  });
  it("takes all for theirs when too many tips are gone to look at", async () => {
    const one = commit("one", base);
    push(one, "ada", "branch_creation");
    for (let turn = 0; turn < 60; turn += 1)
      push(commit(`gone ${turn}`, base), "sam", "force_push");
    push(one, "ada", "force_push");
    expect(await told(one)).toEqual(["one: ada sam"]);
    const asked = forge.calls.filter((name) => name === "mergeBase");
    expect(asked.length).toBeLessThanOrEqual(50);
  });
  it("knows nobody for a fork, and fails when the list cannot be read", async () => {
    const one = commit("one", base);
    push(one, "ada", "branch_creation");
    forge.propose(7, one, "ada", { fork: true });
    const own = [commitBy(one, [base], "ada")];
    const fleet = { forge } as unknown as Fleet;
    expect(await pushersOf(fleet, forge.pulls.get(7)!, own)).toEqual(new Map());
    forge.failing.add("pushesTo");
    forge.propose(7, one, "ada");
    await expect(pushersOf(fleet, forge.pulls.get(7)!, own)).rejects.toMatchObject({
      code: "github_unreachable",
    });
  });
});
