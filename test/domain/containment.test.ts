import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Level, Mode } from "../../src/contract/audit-entry.ts";
import {
  effectiveLevel,
  higherLevel,
  LEVEL_OF_CAUSE,
  type LevelCause,
  type LevelMove,
  mayRun,
  moveLevel,
  peopleToRelease,
} from "../../src/domain/containment.ts";

const levels: readonly Level[] = ["normal", "hold", "contained"];
const causes = Object.keys(LEVEL_OF_CAUSE) as LevelCause[];
const aLevel = fc.constantFrom(...levels);
const automatic = fc
  .constantFrom(...causes)
  .map((cause): LevelMove => ({ kind: "detected", cause }));
const commanded = fc
  .constantFrom("hold" as const, "panic" as const)
  .map((command): LevelMove => ({ kind: "commanded", command }));
const loosening = fc
  .constantFrom("released" as const, "recovered" as const, "settled" as const, "replaced" as const)
  .map((kind): LevelMove => ({ kind }));
const walks = Number(process.env["WALKS"] ?? 20_000);
const heightOf = (level: Level) => levels.indexOf(level);

describe("containment", () => {
  it("automatic edges only tighten", () => {
    fc.assert(
      fc.property(aLevel, fc.oneof(automatic, commanded), (level, move) => {
        expect(heightOf(moveLevel(level, move))).toBeGreaterThanOrEqual(heightOf(level));
      }),
    );
  });

  it("on a random walk no apply runs at HOLD or above, and no recovery beside another when contained", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(automatic, commanded, loosening)), (moves) => {
        let level: Level = "normal";
        for (const move of moves) {
          level = moveLevel(level, move);
          const apply = mayRun(level, { mode: "apply", running: 0 });
          expect(apply).toBe(level === "normal");
          for (const mode of ["recover", "rollback"] as const) {
            expect(mayRun(level, { mode, running: 0 })).toBe(true);
            expect(mayRun(level, { mode, running: 1 })).toBe(level !== "contained");
          }
        }
      }),
      { numRuns: walks },
    );
  });

  it("only a release by people, or a new site, leaves CONTAINED", () => {
    fc.assert(
      fc.property(fc.oneof(automatic, commanded, loosening), (move) => {
        const left = moveLevel("contained", move) !== "contained";
        expect(left).toBe(move.kind === "released" || move.kind === "replaced");
      }),
    );
  });

  // docs/protocol.md, "Containment".
  const held: readonly LevelCause[] = [
    "outcome_unknown",
    "restored_or_cloned",
    "files_changed",
    "rolled_back",
    "local_restore",
    "site_locked",
    "site_moved",
    "range_unattested",
    "log_mismatch",
    "protection_weakened",
    "default_branch_replaced",
  ];
  const contained: readonly LevelCause[] = [
    "rollback_failed",
    "log_forked",
    "receipt_mismatch",
    "key_compromised",
  ];
  it("every cause that is detected stands in one of the two lists", () => {
    expect([...held, ...contained].toSorted()).toEqual(causes.toSorted());
  });
  const detected = (cause: LevelCause): LevelMove => ({ kind: "detected", cause });
  it.each<[LevelMove, Level]>([
    ...held.map((cause): [LevelMove, Level] => [detected(cause), "hold"]),
    ...contained.map((cause): [LevelMove, Level] => [detected(cause), "contained"]),
    [{ kind: "commanded", command: "hold" }, "hold"],
    [{ kind: "commanded", command: "panic" }, "contained"],
  ])("%j leads from NORMAL to %s", (move, level) => {
    expect(moveLevel("normal", move)).toBe(level);
  });

  it("the end of a recovery and of a settled range leave HOLD", () => {
    expect(moveLevel("hold", { kind: "recovered" })).toBe("normal");
    expect(moveLevel("hold", { kind: "settled" })).toBe("normal");
    expect(moveLevel("normal", { kind: "settled" })).toBe("normal");
  });

  it("the effective level is the higher, and unknown where an unread one could be higher", () => {
    fc.assert(
      fc.property(aLevel, aLevel, (site, fleet) => {
        expect(effectiveLevel(site, fleet)).toBe(higherLevel(site, fleet));
      }),
    );
    expect(effectiveLevel(null, "hold")).toBeNull();
    expect(effectiveLevel("hold", null)).toBeNull();
    expect(effectiveLevel(null, "contained")).toBe("contained");
    expect(effectiveLevel("contained", null)).toBe("contained");
  });

  it("an unread level runs nothing and asks for the most people", () => {
    for (const mode of ["apply", "recover", "rollback"] satisfies Mode[]) {
      expect(mayRun(null, { mode, running: 0 })).toBe(false);
    }
    expect([null, ...levels].map(peopleToRelease)).toEqual([2, 1, 1, 2]);
  });
});
