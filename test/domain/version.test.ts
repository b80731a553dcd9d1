import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Version } from "../../src/contract/ids.ts";
import { compareVersions, coreStep, packageStep } from "../../src/domain/version.ts";

const answers: [string, string, number][] = JSON.parse(
  readFileSync(new URL("../vectors/plan/version-compare.json", import.meta.url), "utf8"),
);
const v = (text: string) => Version.parse(text);
const versions = fc
  .array(fc.constantFrom("0", "1", "01", "2", "10", "99"), { minLength: 1, maxLength: 4 })
  .map((parts) => v(parts.join(".")));

describe("compareVersions", () => {
  it("answers as PHP's version_compare does", () => {
    expect(answers.length).toBeGreaterThan(600);
    for (const [a, b, order] of answers) {
      expect({ a, b, order: compareVersions(v(a), v(b)) }).toEqual({ a, b, order });
    }
  });
  it("reads a part with many leading zeros as PHP does", () => {
    expect(compareVersions(v("1.00000000000000005"), v("1.5"))).toBe(0);
  });
  it("is an order", () => {
    fc.assert(
      fc.property(versions, versions, versions, (a, b, c) => {
        expect(compareVersions(a, b)).toBe(-compareVersions(b, a) + 0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) {
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });
});

describe("a version step", () => {
  it.each([
    ["5.4", "5.4.1", { direction: "up", size: "patch", majors: 0 }],
    ["5.4", "5.5", { direction: "up", size: "minor", majors: 0 }],
    ["5.4", "8", { direction: "up", size: "major", majors: 3 }],
    ["5.4", "4.9", { direction: "down", size: "major", majors: 1 }],
    ["1.01", "1.1", { direction: "same", size: "none", majors: 0 }],
    ["20241231", "20261124", { direction: "up", size: "major", majors: 19_893 }],
    ["1", "99999999999999999999", { direction: "up", size: "major", majors: 1_000_000 }],
  ])("of a package from %s to %s", (from, to, step) => {
    expect(packageStep(v(from), v(to))).toEqual(step);
  });
  it.each([
    ["7.0.1", "7.0.2", { direction: "up", size: "patch", majors: 0 }],
    ["6.9.1", "7.0", { direction: "up", size: "major", majors: 1 }],
    ["7.1", "6.8.3", { direction: "down", size: "major", majors: 3 }],
    ["7.1", "7.1", { direction: "same", size: "none", majors: 0 }],
    ["7", "7.1", { direction: "up", size: "major", majors: 1 }],
  ])("of WordPress from %s to %s", (from, to, step) => {
    expect(coreStep(v(from), v(to))).toEqual(step);
  });
});
