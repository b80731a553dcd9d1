import { describe, expect, it } from "vitest";
import type { EvidenceItem } from "../../src/contract/evidence-detail.ts";
import { type PreviousReading, previousPackageItem } from "../../src/domain/previous-package.ts";

const now = 1_800_000_000;
const there: PreviousReading = { kind: "there" };
const gone: PreviousReading = { kind: "gone", why: "404" };
const unread: PreviousReading = { kind: "unread", why: "503" };
const site = (value: string, level: EvidenceItem["level"] = "declared"): EvidenceItem => ({
  id: "previousPackage",
  level,
  at: now - 50,
  value,
});
const item = (readings: PreviousReading[], own?: EvidenceItem) => {
  const packages = readings.map((reading, at) => ({ target: `plugins/p${at}`, reading }));
  const { level, value } = previousPackageItem(packages, own, now);
  return `${level}: ${value}`;
};

describe("the package that is left", () => {
  it.each<[string, PreviousReading[], EvidenceItem | undefined, string]>([
    ["is there", [there], undefined, "proved: plugins/p0 can be fetched"],
    ["is gone", [gone], undefined, "failed: plugins/p0: 404"],
    [
      "is gone, and a copy kept",
      [gone],
      site("a plugins/p0"),
      "declared: plugins/p0: 404, the site keeps a copy",
    ],
    ["is gone, and another copy kept", [gone], site("plugins/p01"), "failed: plugins/p0: 404"],
    [
      "is gone, and the site knows nothing",
      [gone],
      site("plugins/p0", "unknown"),
      "failed: plugins/p0: 404",
    ],
    ["could not be asked for", [unread], undefined, "unknown: plugins/p0: 503"],
    [
      "could not be asked for, and a copy kept",
      [unread],
      site("plugins/p0"),
      "declared: plugins/p0: 503, the site keeps a copy",
    ],
    [
      "is one of many, the worst of which counts",
      [there, unread, gone, there],
      undefined,
      "failed: plugins/p2: 404",
    ],
    ["is one of several", [there, unread], undefined, "unknown: plugins/p1: 503"],
    ["is none", [], undefined, "proved: nothing is replaced"],
  ])("%s", (_, readings, own, wanted) => {
    expect(item(readings, own)).toBe(wanted);
  });
  it("is measured now, and told in what evidence may hold", () => {
    const long = Array.from({ length: 100 }, () => gone);
    const packages = long.map((reading) => ({ target: "plugins/long-name", reading }));
    const found = previousPackageItem(packages, undefined, now);
    expect([found.at, found.value.length]).toEqual([now, 500]);
  });
});
