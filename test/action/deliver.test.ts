/**
 * What was merged comes to the sites, by runs of the built bundle alone: killed at every step,
 * several at once, cancelled, and with a GitHub that fails. The sites' own ledgers are the judge.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { FAILPOINTS, type Failpoint } from "../../src/failpoint.ts";
import { until } from "../../sandbox/until.ts";
import {
  type ActionFleet,
  mustEnd,
  openRevert,
  startActionFleet,
} from "../support/action-fleet.ts";

let fleet: ActionFleet;
beforeAll(async () => {
  fleet = await startActionFleet(["shop", "blog", "news", "club"]);
}, 120_000);
afterAll(() => fleet.close());
afterEach(async () => {
  expect(await fleet.reckon()).toEqual([]);
});

const siteAt = (name: string) => fleet.sites.get(name)!.site;
const versionAt = (name: string) => siteAt(name).live.get("plugins/hello-countersign")?.version;
const push = (env?: Readonly<Record<string, string>>) => fleet.as("apply", "push", env);

describe("a run on a push", () => {
  it("settles, authorises, sends and records what was merged, and tells it", async () => {
    expect((await fleet.of("pairing")).map(({ site }) => site)).toEqual([
      "blog",
      "club",
      "news",
      "shop",
    ]);
    const pull = await fleet.propose({ shop: "1.1", blog: "1.1" });
    await fleet.merge(pull);
    const done = mustEnd(await push());
    expect([versionAt("shop"), versionAt("blog")]).toEqual(["1.1", "1.1"]);
    expect(await fleet.of("receipt")).toMatchObject([{ out: "applied" }, { out: "applied" }]);
    const counts: unknown = JSON.parse(done.outputs["counts"] ?? "");
    expect(counts).toEqual({ authorised: 2, proposals: 0, sites: { applied: 2 } });
    expect(done.summary).toContain("shop: **applied**");
    expect((await fleet.people.comments(pull))[0]).toContain("receipt");
  }, 60_000);
  it("does nothing for what was merged without the approvals", async () => {
    const shop = await fleet.people.file("sites/shop.yml");
    const pull = await fleet.propose({ shop: "1.0" });
    await fleet.people.merge("ada", pull);
    mustEnd(await push());
    expect(versionAt("shop")).toBe("1.1");
    expect((await fleet.of("range")).at(-1)).toMatchObject({ pr: pull, result: "unattested" });
    const files = { "sites/shop.yml": shop };
    const what = { branch: "back", files, message: "Take it back", title: "Take it back" };
    await fleet.people.merge("ada", await fleet.people.propose("ada", what));
    mustEnd(await push());
    expect((await fleet.of("level")).at(-1)).toMatchObject({ level: "normal" });
  }, 60_000);
});

/** In the order in which a change reaches them; `incident.` needs a site that was hurt. */
const ofDelivery = [
  "job.claimed",
  "journal.before",
  "journal.uncommitted",
  "journal.after",
  "settle.before",
  "settle.after",
  "flush.before",
  "flush.landed",
  "mint.before",
  "mint.after",
  "send.before",
  "send.after",
  "record.before",
  "record.after",
  "flush.after",
  "comment.before",
  "comment.after",
  "deployment.before",
  "deployment.opened",
  "deployment.after",
  "job.done",
  "job.finished",
] as const satisfies readonly Failpoint[];
const ofIncident = [
  "incident.before",
  "incident.proposed",
  "incident.opened",
  "incident.recorded",
] as const satisfies readonly Failpoint[];
const isFull = process.env["COUNTERSIGN_FULL"] === "1";
/** Where something has happened outside that the log does not say. */
const few = new Set<Failpoint>([
  "settle.after",
  "flush.landed",
  "send.before",
  "send.after",
  "record.after",
  "deployment.opened",
]);
/** `bundle.test.ts` kills there; a run of the Action gets no webhooks. */
const elsewhere = new Set(["review.shown", "review.checked", "review.recorded", "command.said"]);

async function killAtEach(names: readonly Failpoint[]): Promise<readonly string[]> {
  const missed: string[] = [];
  for (const name of names) {
    const killed = await push({ COUNTERSIGN_FAILPOINT: name });
    if (killed.signal !== "SIGKILL") missed.push(name);
    // The token that was on record and never left is dead by then.
    if (name === "send.before") fleet.clock.ahead += 200;
  }
  return missed;
}

describe("runs that are killed at every step", () => {
  it("are made good by the next: each action once, and all of it told", async () => {
    const pull = await fleet.propose({ shop: "1.2" });
    await fleet.merge(pull);
    expect(
      await killAtEach(isFull ? ofDelivery : ofDelivery.filter((name) => few.has(name))),
    ).toEqual([]);
    mustEnd(await push());
    expect(versionAt("shop")).toBe("1.2");
    expect(await fleet.people.comments(pull)).toHaveLength(1);
    const told = await fleet.people.ask<unknown[]>("ada", "GET", "/deployments?environment=shop");
    expect(told).toHaveLength(2);
    expect((await fleet.people.comments(pull))[0]).toContain("receipt");
  }, 180_000);
  it("are tried at every failpoint that a run can reach", () => {
    const tried = new Set<string>([...ofDelivery, ...ofIncident, ...elsewhere]);
    const rest = Object.keys(FAILPOINTS).filter((name) => !tried.has(name));
    expect(rest).toEqual(["webhook.before", "webhook.stored"]);
  });
});

describe("several runs at once", () => {
  it("send each action once, with every token on record", async () => {
    const pull = await fleet.propose({ news: "1.1", club: "1.1" });
    await fleet.merge(pull);
    for (const { state } of fleet.sites.values()) state.delayMilliseconds = 150;
    const all = await Promise.all([push(), fleet.as("reconcile", "schedule"), push()]);
    for (const { state } of fleet.sites.values()) state.delayMilliseconds = 0;
    expect(
      all.map(({ code }) => code),
      all.map(({ log }) => log).join("\n"),
    ).toEqual([0, 0, 0]);
    expect([versionAt("news"), versionAt("club")]).toEqual(["1.1", "1.1"]);
  }, 90_000);
});

describe("a run that another one overtakes while a site answers", () => {
  it("takes what the other one showed the site for no fork", async () => {
    const { state } = fleet.sites.get("news")!;
    const [asked, answers] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    state.gate = { arrived: asked.resolve, opened: answers.promise };
    const slow = fleet.as("reconcile", "schedule");
    await asked.promise;
    const pull = await fleet.propose({ news: "1.2" });
    await fleet.merge(pull);
    mustEnd(await push());
    answers.resolve();
    mustEnd(await slow);
    expect(versionAt("news")).toBe("1.2");
    expect(siteAt("news").ran).toHaveLength(2);
  }, 90_000);
});

describe("a run that was cancelled while a site was at work", () => {
  it("loses nothing: the next asks the site", async () => {
    const { state } = fleet.sites.get("news")!;
    const pull = await fleet.propose({ news: "1.1" });
    await fleet.merge(pull);
    state.delayMilliseconds = 700;
    const kills: ((signal: NodeJS.Signals) => void)[] = [];
    const env = { INPUT_MODE: "apply", GITHUB_EVENT_NAME: "push" };
    const cancelled = fleet.run({ env, onStart: (kill) => kills.push(kill) });
    await until("the action is on record as sent", async () => {
      const newest = (await fleet.of("authorised")).at(-1);
      const sent = (await fleet.of("sent")).at(-1);
      return newest?.["pr"] === pull && sent?.["sub"] === newest["sub"];
    });
    kills[0]?.("SIGTERM");
    expect((await cancelled).signal).toBe("SIGTERM");
    state.delayMilliseconds = 0;
    fleet.clock.ahead += 200;
    mustEnd(await push());
    expect(versionAt("news")).toBe("1.1");
  }, 90_000);
});

describe("a GitHub that fails", () => {
  it("costs runs, and no action: every write fails once, in one of four ways, and so do reads", async () => {
    const pull = await fleet.propose({ club: "1.2" });
    await fleet.merge(pull);
    const seen = new Set<string>();
    const faults = [
      { status: 502 },
      { status: 429, headers: { "retry-after": "1" } },
      { status: 0, afterEffect: true },
      { status: 502, afterEffect: true },
    ];
    fleet.github.setFault(({ method, path: asked, by }) => {
      const name = `${method} ${asked.replace(/[0-9a-f]{40}|\d+/gu, "")}`;
      const isHit = method !== "GET" || /activity|reviews|pulls\/$|acme\/fleet$/u.test(name);
      if (by !== "countersign[bot]" || seen.has(name) || !isHit) return undefined;
      seen.add(name);
      return faults[seen.size % faults.length];
    });
    const codes: (number | null)[] = [];
    for (let tries = 0; tries < 8 && codes.at(-1) !== 0; tries += 1)
      codes.push((await push()).code);
    fleet.github.setFault(undefined);
    expect(codes.at(-1)).toBe(0);
    expect(seen.size).toBeGreaterThan(8);
    expect(versionAt("club")).toBe("1.2");
  }, 180_000);
});

describe("a site that was hurt, and runs that are killed over it", () => {
  it("open one incident and one way back, which the run itself reviews", async () => {
    const pull = await fleet.propose({ blog: "1.2" });
    await fleet.merge(pull);
    siteAt("blog").ends.push("rolls_back");
    expect(await killAtEach(isFull ? ofIncident : ["incident.proposed"])).toEqual([]);
    // Red where this run was the one to hear of it: the issue is there either way.
    await push();
    const issues = await fleet.people.ask<{ title: string }[]>(
      "ada",
      "GET",
      "/issues?labels=countersign-incident&state=open",
    );
    expect(issues.map(({ title }) => title)).toEqual([expect.stringContaining("blog")]);
    const revert = await openRevert(fleet);
    // Opened by the run's own token: no workflow starts for it, so this run has reviewed it.
    expect((await fleet.people.checks(revert)).size).toBe(3);
    await fleet.merge(revert);
    mustEnd(await push());
    expect((await fleet.of("level")).at(-1)).toMatchObject({ level: "normal", site: "blog" });
  }, 120_000);
});

describe("the seed", () => {
  it("is nowhere in what all these runs wrote, in no spelling, and not in what sites got", () => {
    const bytes = Buffer.from(fleet.keys.seed, "base64url");
    const sent = [...fleet.sites.values()].map(({ site }) => JSON.stringify(site.received));
    const written = [fleet.written(), ...sent].join("\n");
    // Blobs of git trees travel as base64, which begins at any of three places.
    const inBase64 = [0, 1, 2].map((shift) =>
      Buffer.from(`${"x".repeat(shift)}${fleet.keys.seed}`)
        .toString("base64")
        .slice(4, -4),
    );
    const spellings = [
      fleet.keys.seed,
      bytes.toString("base64").replace("=", ""),
      bytes.toString("hex"),
      bytes.toString("hex").toUpperCase(),
      bytes.toString("latin1"),
      JSON.stringify([...bytes]),
      ...inBase64,
    ];
    expect(spellings.filter((spelling) => written.includes(spelling))).toEqual([]);
    // What is looked through is what was written, to files and GitHub too.
    const known = ["plan.shown", "## Countersign", "audit: ", fleet.keys.logKey];
    expect(known.filter((text) => !written.includes(text))).toEqual([]);
  });
});
