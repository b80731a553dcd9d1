/** A stolen seed is ended: `keys recover` in a clone, the new seed in the server, and the sites. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { verifyLog } from "../../src/audit/verify-log.ts";
import { describeRecovered, makeGeneration, recoverKeys } from "../../src/cli/keys-recover.ts";
import { listKeys } from "../../src/cli/keys-list.ts";
import { keysOf } from "../../src/domain/key-position.ts";
import { encodeBase64url } from "../../src/signing/base64url.ts";
import { keySourceOf } from "../../src/signing/key-source.ts";
import { signerOf } from "../../src/signing/signer.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import { queryOf } from "../../src/workflow/ask.ts";
import { pairedSite } from "../../src/workflow/fleet.ts";
import { takeGeneration } from "../../src/workflow/generation.ts";
import { deliverKeyset, orderKeyset } from "../../src/workflow/keysets.ts";
import { offerOf } from "../../src/workflow/pair-window.ts";
import { settle } from "../../src/workflow/settle.ts";
import { START, recovery, World } from "../support/fleet-world.ts";
import { site as siteId } from "../support/ids.ts";
import { Beating, inventoryText } from "../support/simulated-beats.ts";

let world: World;
let folder: string;
beforeEach(async () => {
  world = await World.open({ sites: ["shop", "blog"] });
  folder = mkdtempSync(join(tmpdir(), "countersign-generation-"));
});
afterEach(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

const git = (...args: string[]): string =>
  execFileSync("git", ["-C", folder, ...args], { encoding: "utf8", stdio: "pipe" }).trim();

function commit(branch: string, files: ReadonlyMap<string, unknown>): void {
  git("checkout", "-q", "--orphan", branch);
  git("rm", "-rfq", "--ignore-unmatch", ".");
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), String(text));
  }
  git("add", "-A");
  git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "as it is");
}

/** What `git clone` would bring: the audit branch, and the default branch checked out. */
async function clone(): Promise<void> {
  git("init", "-q");
  commit("countersign/audit", world.forge.files);
  const tip = (await world.forge.branchTip("main"))!;
  commit("main", await world.forge.controlTree(tip));
  writeFileSync(join(folder, "recovery"), encodeBase64url(Buffer.alloc(32, 8)));
}
async function recover(over: { recoveryKey?: string; seed?: string } = {}) {
  const recoveryKey = over.recoveryKey ?? join(folder, "recovery");
  return recoverKeys({ clone: folder, recoveryKey, seed: over.seed }, START);
}
/** The file comes to the default branch, merged by whoever may. */
async function bring(text: string): Promise<void> {
  const tip = (await world.forge.branchTip("main"))!;
  const files = new Map(await world.forge.controlTree(tip)).set("keys/2.jsonl", text);
  world.forge.move("main", world.forge.commit("new keys", files, tip), "ada");
  world.wait(1);
}
const position = (name: string) => {
  const { gen, kver } = keysOf(world.fleet.log.history.keys, siteId(name), 1);
  return `${gen}.${kver}`;
};
const verified = () =>
  verifyLog({
    repo: world.repo,
    logKey: world.entries("fleet.bootstrapped")[0]!.log,
    checkpoint: world.forge.files.get("checkpoint")!,
    tiles: [...world.forge.files].flatMap(([path, text]) =>
      path.startsWith("tiles/") ? [text] : [],
    ),
    against: [],
  });

const secret = Buffer.alloc(32, 8);
const seed = encodeBase64url(Buffer.alloc(32, 10));
const make = () =>
  makeGeneration({ repo: world.repo, history: world.fleet.log.history, secret, seed, now: START });

/** All but what the sites do: made, seed exchanged, brought, begun. */
async function exchange() {
  const made = await make();
  world.keys = keySourceOf(seed);
  await world.restart();
  await bring(made.text);
  await settle(world.fleet);
  return made;
}

describe("a new generation", () => {
  it("reaches every site by push, and deliveries go on under the new keys", async () => {
    await exchange();
    expect(world.entries("generation")).toMatchObject([{ gen: 2 }]);
    for (const name of ["shop", "blog"]) {
      expect(await deliverKeyset(world.fleet, siteId(name))).toBeNull();
      expect(position(name)).toBe("2.1");
    }
    await world.bring(2, { shop: "1.1", blog: "1.1" });
    await world.run("shop");
    await world.run("blog");
    expect(world.entries("receipt")).toMatchObject([{ out: "applied" }, { out: "applied" }]);
    expect(verified()).toMatchObject({ ok: true });
  });
  it("reaches a site that cannot be reached beside the ack of its next beat", async () => {
    const shop = new Beating(world);
    await shop.beat({ inventory: inventoryText });
    await world.bring(2, { shop: "1.1", blog: "1.0" });
    await world.fleet.store.noteContact(world.repo, siteId("shop"), { closedAt: START });
    await exchange();
    expect(await deliverKeyset(world.fleet, siteId("shop"))).toMatchObject({ kind: "keyset" });
    const { pending = [] } = await shop.beat({ inventory: inventoryText });
    await shop.carryOut(pending);
    expect(position("shop")).toBe("2.1");
    const next = await shop.beat({ inventory: inventoryText });
    const [receipt] = await shop.carryOut(next.pending ?? []);
    await shop.beat({ inventory: inventoryText, receipts: [receipt!] });
    expect(world.entries("receipt")).toMatchObject([{ site: "shop", out: "applied" }]);
  });
  it("kills what the old seed signs at once", async () => {
    const paired = (await pairedSite(world.fleet, siteId("shop")))!;
    const hello = () => queryOf(world.fleet, paired, { ask: "hello", arg: "" });
    const before = (await hello()).message;
    await exchange();
    await deliverKeyset(world.fleet, siteId("shop"));
    const shop = world.sites.get("shop")!;
    expect(await shop.post(before)).toMatchObject({ status: 401 });
    expect(await shop.post((await hello()).message)).toMatchObject({ status: 200 });
  });
  it("lets no action leave for a site before it has its keys", async () => {
    await world.bring(2, { shop: "1.1", blog: "1.0" });
    await exchange();
    await world.run("shop", 60);
    expect(world.entries("sent")).toEqual([]);
    await deliverKeyset(world.fleet, siteId("shop"));
    await world.run("shop");
    expect(world.entries("receipt")).toMatchObject([{ out: "applied" }]);
  });
  it("is read back from the branch after the database was lost, before and after it began", async () => {
    const made = await make();
    world.keys = keySourceOf(seed);
    await world.restart(await openSqliteStore(":memory:"));
    await bring(made.text);
    await takeGeneration(world.fleet);
    await world.restart(await openSqliteStore(":memory:"));
    expect(await deliverKeyset(world.fleet, siteId("shop"))).toBeNull();
    expect(position("shop")).toBe("2.1");
    expect(verified()).toMatchObject({ ok: true });
  });
  it("does not begin under another seed than its own, and nothing is signed under the old one", async () => {
    await bring((await make()).text);
    await expect(settle(world.fleet)).rejects.toMatchObject({ code: "seed_not_in_force" });
    expect(world.entries("generation")).toEqual([]);
  });
  it("gives its keys to whoever pairs next", async () => {
    const { recovery: kept } = await exchange();
    const given = { key: recovery.x, recovery: recovery.x };
    const site = siteId("new");
    const offer = await offerOf(world.fleet, { epoch: 1, gen: 2, kver: 1, site }, given);
    expect(offer.recovery).toBe(signerOf(Buffer.from(kept, "base64url"), "recovery").x);
    expect(offer.log).toBe(world.entries("generation")[0]!.log);
  });
  it("is followed by rotations that name its own log and recovery key", async () => {
    await exchange();
    await deliverKeyset(world.fleet, siteId("shop"));
    await orderKeyset(world.fleet, (await pairedSite(world.fleet, siteId("shop")))!, 13);
    expect(await deliverKeyset(world.fleet, siteId("shop"))).toBeNull();
    expect(position("shop")).toBe("2.2");
    expect(verified()).toMatchObject({ ok: true });
  });
  it("shows in `keys list` which sites have taken their keys", async () => {
    await exchange();
    await deliverKeyset(world.fleet, siteId("shop"));
    await world.fleet.log.flush();
    await clone();
    expect((await listKeys(folder, START)).keys).toMatchObject([
      { site: "blog", gen: 1, ordered: "2.1", left: false },
      { site: "shop", gen: 2, ordered: null, left: false },
    ]);
  });
});

describe("`keys recover`", () => {
  it("writes into the clone what the server takes, and prints the two secrets", async () => {
    await clone();
    const made = await recover();
    expect(made).toMatchObject({ gen: 2, sites: ["blog", "shop"], path: "keys/2.jsonl" });
    expect(describeRecovered(made)).toContain(`COUNTERSIGN_SEED=${made.seed}`);
    expect(describeRecovered(made)).toContain(made.recovery);
    world.keys = keySourceOf(made.seed);
    await world.restart();
    await bring(readFileSync(join(folder, made.path), "utf8"));
    await settle(world.fleet);
    expect(world.entries("generation")).toMatchObject([{ gen: 2 }]);
  });
  it("refuses another recovery key, the seed in force, and a file that is there", async () => {
    await clone();
    writeFileSync(join(folder, "other"), encodeBase64url(Buffer.alloc(32, 1)));
    writeFileSync(join(folder, "short"), "abc");
    writeFileSync(join(folder, "seed"), encodeBase64url(Buffer.alloc(32, 9)));
    for (const over of [
      { recoveryKey: join(folder, "other") },
      { recoveryKey: join(folder, "short") },
      { seed: join(folder, "seed") },
    ]) {
      await expect(recover(over)).rejects.toMatchObject({ code: "usage" });
    }
    await recover();
    await expect(recover()).rejects.toMatchObject({ code: "usage" });
  });
  it("refuses a log that does not verify", async () => {
    const files = new Map(world.forge.files).set("checkpoint", "nothing");
    git("init", "-q");
    commit("countersign/audit", files);
    commit("main", await world.forge.controlTree((await world.forge.branchTip("main"))!));
    writeFileSync(join(folder, "recovery"), encodeBase64url(Buffer.alloc(32, 8)));
    await expect(recover()).rejects.toMatchObject({ code: "log_unreadable" });
  });
});
