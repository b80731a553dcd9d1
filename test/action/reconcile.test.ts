/** `mode: reconcile`, by the clock alone: what no push and no comment tells is found and gone on with. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ActionFleet, mustEnd, startActionFleet } from "../support/action-fleet.ts";

let fleet: ActionFleet;
beforeAll(async () => {
  // One canary, then the rest after an hour; nothing is changed at news.
  const policy = `rollout: { canary: { sites: [shop] }, waves: [100%], soak: 1h }
freezes:
  - name: news-week
    from: 2026-01-01
    until: 2046-01-01
    zone: Europe/Berlin
    when: { sites: [news] }
    allow: [rollback]
    reason: nothing is changed there
    owner: sam
`;
  fleet = await startActionFleet(["shop", "blog", "news"], { policy });
}, 60_000);
afterAll(() => fleet.close());
afterEach(async () => {
  const open = /has no end/u;
  expect((await fleet.reckon()).filter((problem) => !open.test(problem))).toEqual([]);
});

const reconcile = () => fleet.as("reconcile", "schedule");
const siteAt = (name: string) => fleet.sites.get(name)!.site;
const plugin = "plugins/hello-countersign";
const versions = () =>
  ["shop", "blog", "news"].map((name) => siteAt(name).live.get(plugin)?.version);
const jsonOf = ({ outputs }: { readonly outputs: Readonly<Record<string, string>> }) =>
  JSON.parse(outputs["json"] ?? "{}") as { open: { site: string }[]; silent: string[] };
const open = (done: Parameters<typeof jsonOf>[0]) => jsonOf(done).open.map(({ site }) => site);

describe("waves and windows", () => {
  it("begin without a push: the canary first, and the summary says who waits", async () => {
    await fleet.merge(await fleet.propose({ shop: "1.1", blog: "1.1", news: "1.1" }));
    const done = mustEnd(await reconcile());
    expect(versions()).toEqual(["1.1", "1.0", "1.0"]);
    expect(open(done).toSorted()).toEqual(["blog", "news"]);
    expect(done.summary).toContain("shop: **applied**");
    expect(done.summary).toContain("⏳ blog: waits for its turn");
  }, 60_000);
  it("go on once the soak is over, and what is frozen waits on", async () => {
    mustEnd(await reconcile());
    expect(versions()).toEqual(["1.1", "1.0", "1.0"]);
    fleet.clock.ahead += 3700;
    const done = mustEnd(await reconcile());
    expect(versions()).toEqual(["1.1", "1.1", "1.0"]);
    expect(open(done)).toEqual(["news"]);
    const quiet = mustEnd(await reconcile());
    expect(quiet.summary).toContain("⏳ news: waits for its turn");
    expect(versions()).toEqual(["1.1", "1.1", "1.0"]);
  }, 60_000);
});

describe("what sites run", () => {
  it("is asked for: drift goes on record, and into one proposal, reviewed by the run", async () => {
    siteAt("blog").install(plugin, "1.2");
    const done = mustEnd(await reconcile());
    expect((await fleet.of("drift")).at(-1)).toMatchObject({ site: "blog", count: 1 });
    expect(done.summary).toContain("blog: 1 difference from the repository");
    const pulls = () =>
      fleet.people.ask<{ number: number; head: { ref: string } }[]>("ada", "GET", "/pulls");
    const [proposal, ...more] = await pulls();
    expect(more).toEqual([]);
    expect(proposal?.head.ref).toContain("drift");
    expect((await fleet.people.checks(proposal!.number)).size).toBe(3);
    mustEnd(await reconcile());
    expect(await pulls()).toHaveLength(1);
    expect(await fleet.of("drift")).toHaveLength(1);
    siteAt("blog").install(plugin, "1.1");
    mustEnd(await reconcile());
    expect((await fleet.of("drift")).at(-1)).toMatchObject({ site: "blog", count: 0 });
  }, 60_000);
  it("is missing where a site keeps silent, which the run says", async () => {
    fleet.sites.get("shop")!.state.isAway = true;
    const done = mustEnd(await reconcile());
    expect(jsonOf(done).silent).toEqual(["shop"]);
    expect(done.log).toContain("::warning::shop did not say what it runs.");
    expect(done.summary).toContain("⚠️ shop did not say what it runs");
    fleet.sites.get("shop")!.state.isAway = false;
    expect(jsonOf(mustEnd(await reconcile())).silent).toEqual([]);
  }, 60_000);
});

describe("an unfinished delivery", () => {
  it("is asked for and ended, although its run died", async () => {
    await fleet.merge(await fleet.propose({ shop: "1.2" }));
    const killed = await fleet.as("apply", "push", { COUNTERSIGN_FAILPOINT: "send.after" });
    expect(killed.signal).toBe("SIGKILL");
    const done = mustEnd(await reconcile());
    expect(siteAt("shop").ran).toHaveLength(2);
    expect(done.summary).toContain("shop: **applied**");
    expect((await fleet.of("sent")).filter(({ site }) => site === "shop")).toHaveLength(2);
  }, 60_000);
});

describe("freshness", () => {
  it("ends an old answer: an open proposal is judged by what its site says today", async () => {
    const pull = await fleet.propose({ blog: "1.2" });
    const asked = siteAt("blog").received.length;
    siteAt("blog").items = ["files"];
    mustEnd(await reconcile());
    expect(siteAt("blog").received.length).toBeGreaterThan(asked);
    const check = (await fleet.people.checks(pull)).get("countersign/rollback");
    expect(check?.conclusion).not.toBe("success");
  }, 60_000);
});
