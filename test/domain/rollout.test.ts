import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Rollout } from "../../src/contract/fleet-config.ts";
import {
  awaitsWord,
  MOST_AT_ONCE,
  nextMoment,
  readySites,
  type RolloutSite,
  type SiteState,
  standOf,
  turnOf,
  turnsOf,
} from "../../src/domain/rollout.ts";

const T = 1_800_000_000;
const rollout = (over: object = {}) =>
  Rollout.parse({ canary: {}, waves: ["10%", "50%", "100%"], ...over });
const open: SiteState = { kind: "open", authorised: 10, at: T };
const well: SiteState = { kind: "well", at: T };
const badly = (place: number, idle = false): SiteState => ({ kind: "badly", idle, place });
const name = (index: number) => `s${String(index).padStart(4, "0")}`;
/** The first is the canary. */
const fleet = (size: number, state: (index: number) => SiteState = () => open): RolloutSite[] =>
  Array.from({ length: size }, (_, index) => ({
    site: name(index),
    isCanary: index === 0,
    timezone: "UTC",
    state: state(index),
  }));
const ready = (
  sites: readonly RolloutSite[],
  over = {},
  now = T,
  resumed: number | null = null,
) => {
  const stand = standOf(rollout(over), sites, resumed);
  return readySites(stand, turnsOf(stand, now));
};
const reason = (sites: readonly RolloutSite[], index: number, over = {}, now = T) => {
  const turn = turnOf(standOf(rollout(over), sites, null), name(index), now);
  return turn.kind === "waits" ? turn.reason : turn.kind;
};

describe("the order of a rollout", () => {
  it("is the canary, then cumulative shares of all sites by their names", () => {
    const sizes = standOf(rollout(), fleet(30), null).stages;
    expect(sizes.map(({ wave, sites }) => [wave, sites])).toEqual([
      [0, 1],
      [1, 2],
      [2, 12],
      [3, 15],
    ]);
    expect(ready(fleet(30).toReversed())).toEqual([name(0)]);
    expect(ready(fleet(30, (at) => (at < 1 ? well : open)))).toEqual([name(1), name(2)]);
    expect(ready(fleet(30, (at) => (at < 3 ? well : open)))).toHaveLength(12);
  });
  it("leaves out stages that have no site of their own", () => {
    expect(standOf(rollout(), fleet(1), null).stages).toHaveLength(1);
    const none = fleet(2).map((one) => ({ ...one, isCanary: false }));
    expect(standOf(rollout(), none, null).stages.map(({ wave }) => wave)).toEqual([1, 3]);
    expect(standOf(rollout(), [], null).stages).toEqual([]);
    expect(nextMoment(new Map())).toBeNull();
  });
  it("says what each site waits for", () => {
    const sites = fleet(30);
    expect(reason(sites, 5)).toBe("canary");
    expect(
      reason(
        fleet(30, (at) => (at < 1 ? well : open)),
        5,
      ),
    ).toBe("wave");
    expect(
      reason(
        fleet(30, (at) => (at < 1 ? well : open)),
        0,
      ),
    ).toBe("none");
    expect(reason(sites, 77)).toBe("wave");
    expect(
      reason(
        fleet(30, () => ({ kind: "sent", lost: false })),
        3,
      ),
    ).toBe("none");
  });
  it("lets no more begin than there is room for", () => {
    const all = { waves: ["100%"] };
    const busy = fleet(200, (at) => (at < 45 ? { kind: "sent", lost: false } : open));
    expect(
      ready(
        busy.map((one) => ({ ...one, isCanary: false })),
        all,
      ),
    ).toHaveLength(5);
    const full = fleet(200, (at) => (at < MOST_AT_ONCE ? { kind: "sent", lost: false } : open));
    const none = full.map((one) => ({ ...one, isCanary: false }));
    expect(ready(none, all)).toEqual([]);
    expect(reason(none, 99, all)).toBe("concurrency");
  });
});

describe("time in a rollout", () => {
  it("soaks after the last good receipt of a stage, and is over to the second", () => {
    const sites = fleet(30, (at) => (at < 1 ? { kind: "well", at: T + 100 } : open));
    expect(ready(sites, { soak: "2h" }, T + 7299)).toEqual([]);
    expect(reason(sites, 1, { soak: "2h" }, T + 7299)).toBe("soak");
    expect(ready(sites, { soak: "2h" }, T + 7300)).toHaveLength(2);
    const stand = standOf(rollout({ soak: "2h" }), sites, null);
    expect(nextMoment(turnsOf(stand, T + 200))).toBe(T + 7300);
  });
  it("waits for the window of each site's own zone", () => {
    const now = Date.parse("2026-11-24T02:30:00Z") / 1000;
    const window = { days: ["tue"], from: "02:00", until: "05:00" };
    const zones = ["UTC", "America/New_York", null];
    const sites = fleet(3, () => ({ kind: "open", authorised: 1, at: now }));
    const zoned = sites.map((one, at) => ({ ...one, isCanary: false, timezone: zones[at]! }));
    const stand = standOf(rollout({ waves: ["100%"], window }), zoned, null);
    const turns = turnsOf(stand, now);
    expect([...turns.values()]).toEqual([
      { kind: "go" },
      { kind: "waits", reason: "window", until: Date.parse("2026-11-24T07:00:00Z") / 1000 },
      { kind: "waits", reason: "window", until: null },
    ]);
    expect(nextMoment(turns)).toBe(Date.parse("2026-11-24T07:00:00Z") / 1000);
  });
  it("is over for what did not begin in time", () => {
    expect(reason(fleet(2), 0, { expiresAfter: "1d" }, T + 86_400)).toBe("go");
    expect(reason(fleet(2), 0, { expiresAfter: "1d" }, T + 86_401)).toBe("expired");
    expect(reason(fleet(2), 0, {}, Number.NaN)).toBe("expired");
  });
});

describe("a bad outcome", () => {
  const hurt = fleet(30, (at) => (at === 0 ? badly(40) : open));
  it("stops everything that has not begun, until a person says resume", () => {
    expect(ready(hurt)).toEqual([]);
    expect(reason(hurt, 9)).toBe("stopped");
    expect(awaitsWord(standOf(rollout(), hurt, null))).toBe(true);
    expect(ready(hurt, {}, T, 39)).toEqual([]);
    expect(ready(hurt, {}, T, 41)).toEqual([name(1), name(2)]);
    expect(awaitsWord(standOf(rollout(), hurt, 41))).toBe(false);
  });
  it("does not stop what a person has tried again since, which stays in its place", () => {
    const again: SiteState = { kind: "open", authorised: 50, at: T };
    const both = fleet(30, (at) =>
      at === 1 ? badly(40) : at === 2 ? again : at < 1 ? well : open,
    );
    expect(ready(both)).toEqual([name(2)]);
    const later = fleet(30, (at) =>
      at === 1 ? badly(40) : at === 9 ? again : at < 1 ? well : open,
    );
    expect(ready(later)).toEqual([]);
    expect(reason(later, 9)).toBe("wave");
  });
  it("is no end at which nothing was tried: that only keeps its stage open", () => {
    const lapsed = fleet(30, (at) => (at === 1 ? badly(40, true) : at < 1 ? well : open));
    expect(ready(lapsed)).toEqual([name(2)]);
    expect(reason(lapsed, 9)).toBe("wave");
    expect(standOf(rollout(), lapsed, null)).toMatchObject({
      unanswered: [name(1)],
      stoppedAt: null,
    });
    const ended = fleet(2, () => badly(40));
    expect(awaitsWord(standOf(rollout(), ended, null))).toBe(false);
  });
  it("may be an answer that never came: nobody can go on without it", () => {
    const lost = fleet(30, (at) => (at === 0 ? { kind: "sent", lost: true } : open));
    expect(ready(lost, {}, T, 999)).toEqual([]);
    expect(reason(lost, 3)).toBe("stopped");
  });
});

/** Plays a rollout to its end: each turn one site that may begin ends, well or badly. */
function play(size: number, share: number, canaries: readonly number[], ends: readonly boolean[]) {
  const rules = rollout({ waves: [`${share}%`, "100%"] });
  let sites = fleet(size).map((one, at) => ({ ...one, isCanary: canaries.includes(at) }));
  const begun: string[] = [];
  let bad: number | null = null;
  for (let turn = 0; turn < size * 2; turn += 1) {
    const stand = standOf(rules, sites, null);
    const [next] = readySites(stand, turnsOf(stand, T));
    if (next === undefined) break;
    begun.push(next);
    const isWell = ends[turn % ends.length]!;
    if (!isWell) bad ??= turn;
    const state: SiteState = isWell ? well : badly(100 + turn);
    sites = sites.map((one) => (one.site === next ? { ...one, state } : one));
  }
  return { begun, bad, canaries: sites.filter(({ isCanary }) => isCanary).map(({ site }) => site) };
}

describe("any rollout", () => {
  const anyFleet = fc.tuple(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 99 }),
    fc.array(fc.integer({ min: 0, max: 39 }), { maxLength: 5 }),
  );
  it("lets no site begin twice, reaches all of them, and the canaries first", () => {
    fc.assert(
      fc.property(anyFleet, ([size, share, canary]) => {
        const { begun, canaries } = play(size, share, canary, [true]);
        expect(new Set(begun).size).toBe(begun.length);
        expect(begun).toHaveLength(size);
        expect(begun.slice(0, canaries.length).toSorted()).toEqual(canaries.toSorted());
      }),
    );
  });
  it("lets nothing begin after the first bad outcome", () => {
    fc.assert(
      fc.property(
        anyFleet,
        fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }),
        ([size, share, canary], ends) => {
          const { begun, bad } = play(size, share, canary, ends);
          expect(begun).toHaveLength(bad === null ? size : bad + 1);
        },
      ),
    );
  });
  it("takes back no turn when time passes or a site ends well, within what there is room for", () => {
    fc.assert(
      fc.property(
        anyFleet,
        fc.nat({ max: 39 }),
        fc.nat({ max: 5000 }),
        ([size, share, canary], done, passed) => {
          const over = { waves: [`${share}%`, "100%"], soak: "1h" };
          const at = (count: number) =>
            fleet(size, (index) => (index < count ? well : open)).map((one, index) => ({
              ...one,
              isCanary: canary.includes(index),
            }));
          const before = ready(at(done), over, T + passed);
          const later = ready(at(done), over, T + passed + 60);
          const more = ready(at(done + 1), over, T + passed + 3600);
          for (const site of before) {
            expect(later).toContain(site);
            if (site !== name(done)) expect(more).toContain(site);
          }
        },
      ),
    );
  });
});
