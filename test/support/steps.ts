/** Steps and site plans for tests, in a few words. */
import type { Inverse, PackageRef, SitePlan, Step } from "../../src/contract/plan.ts";
import { Target } from "../../src/contract/plan.ts";
import { Version } from "../../src/contract/ids.ts";
import { inverseOf } from "../../src/domain/reversibility.ts";
import { digest } from "./ids.ts";

type Words = Pick<Step, "kind" | "from" | "to"> & { readonly target: string };

/** A step with the inverse that a plan gives it, without packages. */
export function step(words: Words, over: Partial<Step> = {}): Step {
  const { kind, from, to } = words;
  return {
    kind,
    target: Target.parse(words.target),
    from,
    to,
    package: null,
    reversibility: "reversible",
    inverse: inverseOf({ kind, from, to }, null),
    ...over,
  };
}

export const update = (from: string, to: string, over: Partial<Step> = {}): Step =>
  step({ kind: "plugin.update", target: "plugins/hello", from, to }, over);

export const build = (name: string): PackageRef => ({
  url: `https://packages.example/${name}.zip`,
  sha256: digest(name),
  bytes: 100,
  version: Version.parse("1.0"),
});

export const inverse = (over: Partial<Inverse>): Inverse => ({
  kind: "plugin.update",
  from: "1.1",
  to: "1.0",
  package: null,
  ...over,
});

export const sitePlan = (...steps: Step[]): SitePlan => ({
  version: 1,
  steps,
  health: [],
  volatile: [],
});
