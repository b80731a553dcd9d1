import { describe, expect, it } from "vitest";
import { isRecovery } from "../../src/domain/recovery.ts";
import { build, inverse, sitePlan, step, update } from "../support/steps.ts";

const activate = (from: string | null, to: string) =>
  step({ kind: "theme.activate", target: `themes/${to}`, from, to });
const install = (slug: string) =>
  step({ kind: "plugin.install", target: `plugins/${slug}`, from: null, to: "1.0" });
const remove = (slug: string) =>
  step({ kind: "plugin.delete", target: `plugins/${slug}`, from: "1.0", to: null });

describe("isRecovery", () => {
  it("knows the inverse of every step, in whatever order it comes", () => {
    const forward = sitePlan(update("1.0", "1.1"), install("a"), install("b"));
    const back = sitePlan(remove("b"), update("1.1", "1.0"), remove("a"));
    expect(isRecovery(back, forward)).toBe(true);
  });
  it("knows the switch back to the old theme, which is about another theme", () => {
    const forward = sitePlan(activate("old", "new"));
    expect(isRecovery(sitePlan(activate("new", "old")), forward)).toBe(true);
    expect(isRecovery(sitePlan(activate("new", "other")), forward)).toBe(false);
  });
  it.each([
    ["does nothing", sitePlan()],
    ["leaves a step out", sitePlan(update("1.1", "1.0"))],
    ["adds a step", sitePlan(update("1.1", "1.0"), remove("a"), remove("b"))],
    ["repeats one instead of another", sitePlan(update("1.1", "1.0"), update("1.1", "1.0"))],
    ["goes further back", sitePlan(update("1.1", "0.9"), remove("a"))],
    ["goes forward", sitePlan(update("1.0", "1.1"), remove("a"))],
  ])("is none where the plan %s", (_name, plan) => {
    expect(isRecovery(plan, sitePlan(update("1.0", "1.1"), install("a")))).toBe(false);
  });
  it("is none of a step that nothing takes back, nor of an empty plan", () => {
    const flush = step({ kind: "cache.flush", target: "cache", from: null, to: null });
    expect(isRecovery(sitePlan(flush), sitePlan(flush))).toBe(false);
    expect(isRecovery(sitePlan(), sitePlan())).toBe(false);
  });
  it("asks for the very build that reviewers saw as the way back", () => {
    const forward = sitePlan(
      update("1.0", "1.1", { inverse: inverse({ package: build("hello") }) }),
    );
    const back = (name: string) => sitePlan(update("1.1", "1.0", { package: build(name) }));
    expect(isRecovery(back("hello"), forward)).toBe(true);
    expect(isRecovery(back("hello, repacked"), forward)).toBe(false);
    expect(isRecovery(sitePlan(update("1.1", "1.0")), forward)).toBe(false);
  });
});
