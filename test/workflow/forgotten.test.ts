/** What a run that was lost left undone, found in the log alone. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forgottenJobs } from "../../src/workflow/forgotten.ts";
import { askSites } from "../../src/workflow/ask-sites.ts";
import { deliverKeyset, orderKeyset } from "../../src/workflow/keysets.ts";
import { pairedSite } from "../../src/workflow/fleet.ts";
import { report } from "../../src/workflow/report.ts";
import { settle } from "../../src/workflow/settle.ts";
import { World } from "../support/fleet-world.ts";
import { site } from "../support/ids.ts";

let world: World;
beforeEach(async () => {
  world = await World.open({ sites: ["shop", "blog"] });
  world.wait(2 * 24 * 3600);
  world.fleet = { ...world.fleet, forgetsJournal: true };
});
afterEach(() => world.close());

const jobs = () => forgottenJobs(world.fleet).map(({ kind, key }) => `${kind} ${key}`);

describe("forgottenJobs", () => {
  it("has none where the queue outlives the process, and none where nothing is new", () => {
    expect(jobs()).toEqual([]);
  });
  it("tells a merged plan while it is open, and for a day after its end", async () => {
    await world.bring(7, { shop: "1.1", blog: "1.0" });
    expect(jobs()).toEqual(["report 7"]);
    world.fleet = { ...world.fleet, forgetsJournal: false };
    expect(jobs()).toEqual([]);
    world.fleet = { ...world.fleet, forgetsJournal: true };
    await world.run("shop");
    expect(world.entries("receipt")).toMatchObject([{ out: "applied" }]);
    expect(jobs()).toEqual(["report 7"]);
    world.wait(24 * 3600 + 1);
    expect(jobs()).toEqual([]);
  });
  it("tells of a range that nobody authorised until its incident is on record", async () => {
    await world.propose(7, { shop: "1.1", blog: "1.0" });
    world.forge.merge(7, "ada");
    world.wait(1);
    await settle(world.fleet);
    const [range] = world.entries("range").slice(-1);
    expect(jobs()).toEqual([`report range ${range?.to}`]);
    await report(world.fleet, `range ${range?.to}`);
    expect(jobs()).toEqual([]);
  });
  it("brings a key-set that was ordered, until it is in force", async () => {
    const paired = await pairedSite(world.fleet, site("shop"));
    await orderKeyset(world.fleet, paired!, 13);
    expect(jobs()).toEqual(["keyset shop"]);
    await deliverKeyset(world.fleet, site("shop"));
    expect(jobs()).toEqual([]);
  });
});

describe("a token of a run that forgets", () => {
  it("leaves only once the branch says so: a run that lost the branch sends nothing", async () => {
    await world.bring(7, { shop: "1.1", blog: "1.0" });
    world.forge.appendAudit = () => Promise.resolve(null);
    await expect(world.run("shop")).rejects.toMatchObject({ code: "log_mismatch" });
    expect(world.sites.get("shop")?.tokens).toEqual([]);
  });
});

describe("askSites", () => {
  it("says which sites did not tell what they run, and keeps what the others told", async () => {
    world.sites.get("blog")?.faults.push("unreachable");
    expect(await askSites(world.fleet)).toEqual(["blog"]);
    const { id } = world.fleet.repository;
    expect(await world.fleet.store.inventory(id, site("shop"))).not.toBeNull();
  });
});
