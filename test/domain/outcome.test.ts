import { describe, expect, it } from "vitest";
import type { Level, Mode, Outcome } from "../../src/contract/audit-entry.ts";
import { LEVEL_OF_CAUSE, type LevelCause } from "../../src/domain/containment.ts";
import { detected, levelAfter } from "../../src/domain/outcome.ts";

const [AT, LATER] = ["2026-11-24T20:00:00Z", "2026-11-26T20:00:00Z"];
const state = (level: Level, ...causes: string[]) => ({
  seen: new Map(causes.map((cause) => [cause, AT])),
  level,
  causes,
  cause: causes.at(-1) ?? null,
  index: 1,
});
const normal = state("normal");
const after = (out: Outcome, mode: Mode = "apply", from = normal) =>
  levelAfter(out, { mode, state: from, at: LATER });

describe("levelAfter", () => {
  it.each<[Outcome, Level, string]>([
    ["rolled_back", "hold", "rolled_back"],
    ["rolled_back_files_only", "hold", "rolled_back"],
    ["self_healed", "hold", "rolled_back"],
    ["local_restore", "hold", "local_restore"],
    ["failed_needs_review", "contained", "rollback_failed"],
  ])("tightens on %s", (out, level, cause) => {
    expect(after(out)).toEqual({ level, cause });
    expect(after(out, "recover")).toEqual({ level, cause });
  });
  it.each<Outcome>(["refused:drifted", "refused:package_mismatch", "applied", "already_applied"])(
    "stays as it is on %s",
    (out) => {
      expect(after(out)).toBeNull();
      expect(after(out, "apply", state("hold", "rolled_back"))).toBeNull();
    },
  );
  it("ends the HOLD that a recovery was made for, and no other", () => {
    expect(after("applied", "recover", state("hold", "rolled_back"))).toEqual({
      level: "normal",
      cause: "recovered",
    });
    expect(
      after("already_applied", "recover", state("hold", "rolled_back", "files_changed")),
    ).toEqual({ level: "hold", cause: "recovered" });
    expect(after("applied", "recover", state("hold", "range_unattested"))).toBeNull();
    expect(after("applied", "recover", normal)).toBeNull();
  });
  it("ends none by a rollback: the branch still wants what was rolled back", () => {
    expect(after("applied", "rollback", state("hold", "rolled_back"))).toBeNull();
  });
  it("never loosens CONTAINED", () => {
    const contained = state("contained", "rolled_back", "rollback_failed");
    expect(after("applied", "recover", contained)).toMatchObject({ level: "contained" });
    expect(after("rolled_back", "recover", state("contained", "rollback_failed"))).toEqual({
      level: "contained",
      cause: "rolled_back",
    });
  });
});

describe("detected", () => {
  it.each(Object.entries(LEVEL_OF_CAUSE) as [LevelCause, Level][])(
    "%s tightens to %s once",
    (cause, level) => {
      expect(detected(normal, cause, LATER)).toEqual({ level, cause });
      expect(detected(state(level, cause), cause, LATER)).toBeNull();
      expect(detected(state("contained", "panic"), cause, LATER)).toEqual({
        level: "contained",
        cause,
      });
    },
  );
});

describe("what comes back within a day", () => {
  const atRest = {
    ...normal,
    seen: new Map([
      ["rolled_back", AT],
      ["outcome_unknown", AT],
      ["site_locked", AT],
    ]),
  };
  const [within, beyond] = ["2026-11-25T20:00:00Z", "2026-11-25T20:00:01Z"];
  const again = (at: string, from: typeof atRest) =>
    levelAfter("rolled_back", { mode: "apply", state: from, at })?.level ?? null;

  it("contains the site, to the last second, and only holds it afterwards", () => {
    expect(again(within, atRest)).toBe("contained");
    expect(again(beyond, atRest)).toBe("hold");
    expect(again("no time", atRest)).toBe("contained");
    expect(detected(atRest, "site_locked", within)?.level).toBe("contained");
  });
  it("counts a second receipt while the site is held, and no repeated signal", () => {
    const held = state("hold", "rolled_back");
    expect(again(within, held)).toBe("contained");
    expect(again(beyond, held)).toBeNull();
    expect(again(within, state("contained", "rolled_back"))).toBeNull();
    expect(detected(state("hold", "site_locked"), "site_locked", within)).toBeNull();
  });
  it("is nothing worse where nothing happened to the site", () => {
    expect(detected(atRest, "outcome_unknown", within)?.level).toBe("hold");
  });
});
