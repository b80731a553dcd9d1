import { describe, expect, it } from "vitest";
import { describeKeys, keysExitCode, type KeyRow } from "../../src/cli/keys-list.ts";

const row: KeyRow = {
  site: "shop",
  epoch: 2,
  kid: "k".repeat(22),
  gen: 1,
  kver: 3,
  ordered: null,
  left: false,
  ageSeconds: 86_400 * 40,
};

describe("countersign keys list", () => {
  it("tells each site's keys, what is on its way, and their age", () => {
    const report = { ok: true, keys: [row, { ...row, site: "tea", ordered: "1.4" }] };
    expect(describeKeys(report)).toEqual([
      `shop  epoch 2  site key ${row.kid}  action key 1.3  40 days`,
      `tea  epoch 2  site key ${row.kid}  action key 1.3, 1.4 on its way  40 days`,
    ]);
    expect(keysExitCode(report)).toBe(0);
  });
  it.each([86_400 * 365 + 1, NaN])("names a key that is %i s old, with what to comment", (age) => {
    const report = { ok: true, keys: [{ ...row, ageSeconds: age }] };
    expect(describeKeys(report).at(-1)).toBe("/countersign rotate shop");
    expect(keysExitCode(report)).toBe(1);
  });
  it("says first that a log does not verify", () => {
    const report = { ok: false, keys: [] };
    expect(describeKeys(report)[0]).toMatch(/does not verify/u);
    expect(keysExitCode(report)).toBe(1);
  });
});
