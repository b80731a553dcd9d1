import { describe, expect, it } from "vitest";
import type { Level, Mode, Outcome } from "../../src/contract/audit-entry.ts";
import { LEVEL_OF_CAUSE, type LevelCause } from "../../src/domain/containment.ts";
import { detected, levelAfter } from "../../src/domain/outcome.ts";

const state = (level: Level, ...causes: string[]) => ({
  level,
  causes,
  cause: causes.at(-1) ?? null,
  index: 1,
});
const normal = state("normal");
const after = (out: Outcome, mode: Mode = "apply", from = normal) =>
  levelAfter(out, { mode, state: from });

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
      expect(detected(normal, cause)).toEqual({ level, cause });
      expect(detected(state(level, cause), cause)).toBeNull();
      expect(detected(state("contained", "panic"), cause)).toEqual({ level: "contained", cause });
    },
  );
});
