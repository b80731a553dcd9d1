/** A pairing from the comment that opens its window to the merge that makes the site live. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openNote } from "../../src/audit/note.ts";
import { PairingOffer, type PairingString } from "../../src/contract/pairing.ts";
import { pairingSigner, sixWords } from "../../src/signing/pairing-text.ts";
import { signerOf } from "../../src/signing/signer.ts";
import { command } from "../../src/workflow/command.ts";
import type { Message } from "../../src/workflow/ports.ts";
import { receivePairing } from "../../src/workflow/pair.ts";
import { pair, propose } from "../../src/workflow/prove-pairing.ts";
import { rotate } from "../../src/workflow/rotate.ts";
import { deliverKeyset } from "../../src/workflow/keysets.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { tellManaged } from "../../src/workflow/tell-managed.ts";
import { pairedSite } from "../../src/workflow/fleet.ts";
import { planPath } from "../../src/workflow/log-branch.ts";
import { levelOf } from "../../src/domain/history.ts";
import { level } from "../support/entries.ts";
import { keys, World } from "../support/fleet-world.ts";
import { keysOf } from "../../src/domain/key-position.ts";
import { Bytes32 } from "../../src/contract/ids.ts";
import { kidOf } from "../../src/signing/thumbprint.ts";
import { site as siteId } from "../support/ids.ts";
import { people, type Who } from "../support/memory-forge.ts";
import { PairingSite } from "../support/pairing-site.ts";

let world: World;
beforeEach(async () => {
  world = await World.open({ sites: ["shop"] });
  await addSites("blog", "news");
});
afterEach(() => world.close());

const issue = 50;
const secret = Buffer.alloc(16, 9);
const s = secret.toString("base64url");

/** Sites that are described and not paired, on the default branch. */
async function addSites(...names: string[]): Promise<void> {
  const tip = (await world.forge.branchTip("main"))!;
  const files = names.map((name): [string, string] => [
    `sites/${name}.yml`,
    `# kept\nurl: https://${name}.example\ntier: production\n`,
  ]);
  const before = await world.forge.controlTree(tip);
  const policy = String(before.get("countersign.yml"));
  const two = policy.replace(
    "{ login: sam, id: 13 }",
    "{ login: sam, id: 13 }, { login: omar, id: 12 }",
  );
  const tree = new Map([...before, ...files, ["countersign.yml", two] as const]);
  const head = world.forge.commit("add sites", tree, tip);
  world.forge.propose(2, head, "ada");
  await review(world.fleet, 2);
  world.wait(5);
  for (const who of ["olivia", "sam"] as const) await world.approve(2, who);
  world.forge.merge(2, "ada");
  world.wait(1);
  await settle(world.fleet);
  expect(world.fleet.log.history.attested).toBe(await world.forge.branchTip("main"));
}

/** Says a command and returns the App's answer. */
async function say(who: Who, text: string, secondsAgo = 0): Promise<string> {
  const comments = world.forge.comments.get(issue) ?? [];
  const id = 900 + comments.length;
  const createdAt = new Date((world.clock.now() - secondsAgo) * 1000).toISOString();
  const comment = { id, own: false, user: people[who], body: text, createdAt, editedAt: null };
  world.forge.comments.set(issue, [...comments, comment]);
  await command(world.fleet, issue, id);
  return world.forge.said.at(-1)?.text ?? "";
}

const keyOf = (site: string, bytes = secret) => pairingSigner(bytes, `site:${site}`).x;

async function openWindow(site: string, who: Who = "sam", gen = 1): Promise<PairingString> {
  const answer = await say(who, `/countersign pair ${site} ${keyOf(site)}`);
  const [, note = ""] = /```countersign-pairing\n(.*)```/su.exec(answer) ?? [];
  const { x: key } = await keys.logSigner({ cp: `cp:${world.repo}`, gen });
  const opened = openNote(note, `countersign/${world.repo}`, [key]);
  if (!opened.ok) throw new Error(`${opened.reason}: ${answer}`);
  const offer = PairingOffer.parse(JSON.parse(opened.text));
  return { ...offer, home: `https://${site}.example`, s, url: "https://countersign.example" };
}

function connect(given: PairingString, seed?: number): PairingSite {
  const site = new PairingSite(given, world.clock, seed);
  world.strangers.set(site.id, (message) => site.answer(message));
  return site;
}
const send = async (token: string, beside: Partial<Message> = {}) =>
  receivePairing(world.fleet, { ...beside, token });

/** Runs the jobs of a pairing until there is none. */
async function work(name: string, most = 1): Promise<void> {
  let jobs = await pair(world.fleet, siteId(name));
  for (let turn = 1; turn < most && jobs[0]?.kind === "pair" && jobs[0].key === name; turn += 1) {
    world.wait(5);
    jobs = await pair(world.fleet, siteId(name));
  }
  if (jobs.some(({ kind, key }) => kind === "pair" && key === "")) await propose(world.fleet);
  if (jobs.some(({ kind }) => kind === "managed")) await tellManaged(world.fleet, siteId(name));
}
async function bringKey(name: string): Promise<PairingSite> {
  const site = connect(await openWindow(name));
  expect(await send(await site.token())).toMatchObject({ kind: "accepted" });
  await work(name);
  return site;
}
const proposals = () =>
  [...world.forge.pulls.values()].filter(({ headRef }) => headRef.startsWith("countersign/pair"));

describe("a pairing", () => {
  it("goes from the window to a proposal with the key, the inventory and the six words", async () => {
    const site = await bringKey("blog");
    expect(world.kinds().slice(-3)).toEqual([
      "pairing.opened",
      "pairing.received",
      "pairing.proved",
    ]);
    const [pull] = proposals();
    const text = String((await world.forge.controlTree(pull!.head)).get("sites/blog.yml"));
    const proved = world.fleet.log.history.proved.get(siteId("blog"))!.at(-1)!;
    expect(text).toContain("# kept\n");
    expect(text).toContain(`since: ${proved.index}`);
    expect(text).toContain(`x: ${site.key.x}`);
    expect(text).toContain(`adopted: ${proved.entry.inv}`);
    expect(text).toMatch(/shop:\n +version: "2.0"\n +state: active/u);
    expect(text).not.toContain("single");
    const { s: _, url: _url, home, ...offer } = site.given;
    const said = world.forge.said.find(({ issue: where }) => where === pull!.number)?.text;
    expect(said).toContain(sixWords(offer, { home, key: site.key.x }));
    expect(await world.fleet.log.text(proved.entry.inv)).toContain('"slug":"shop"');
    // Whoever reviews it without our database reads it there.
    await world.fleet.log.flush();
    expect(world.forge.files.get(planPath(proved.entry.inv))).toContain('"slug":"shop"');
  });

  it("makes the site live by a merge under the right, and greets it", async () => {
    const site = await bringKey("blog");
    const [pull] = proposals();
    await review(world.fleet, pull!.number);
    world.wait(5);
    await world.approve(pull!.number, "olivia");
    expect(world.forge.checksOn(pull!.head)).toMatchObject({ approvals: "waiting" });
    // Sam opened the window: nobody's own pairing is approved by themselves.
    await world.approve(pull!.number, "sam");
    const [policy, approvals] = ["passed", "waiting"];
    expect(world.forge.checksOn(pull!.head)).toMatchObject({ policy, approvals });
    expect(await pairedSite(world.fleet, siteId("blog"))).toBeNull();
    await world.approve(pull!.number, "omar");
    expect(world.forge.checksOn(pull!.head)).toMatchObject({ policy, approvals: "passed" });
    world.forge.merge(pull!.number, "ada");
    world.wait(1);
    await settle(world.fleet);
    expect(world.entries("pairing").at(-1)).toMatchObject({ site: "blog", key: site.key.x });
    expect(await pairedSite(world.fleet, siteId("blog"))).toMatchObject({ epoch: 1 });
    await work("blog");
    expect(site.asked).toEqual(["hello", "inventory", "outcome", "inventory"]);
    expect(site.told.map((text) => JSON.parse(text))).toEqual([
      { autoPatch: false, managed: [], volatile: [] },
      { autoPatch: false, managed: ["core", "plugins/shop", "themes/plain"], volatile: [] },
    ]);
  });

  it("shares one proposal with the others that are finished", async () => {
    await bringKey("blog");
    await bringKey("news");
    expect(proposals()).toHaveLength(1);
    const tree = await world.forge.controlTree(proposals()[0]!.head);
    expect(String(tree.get("sites/blog.yml"))).toContain("connector:");
    expect(String(tree.get("sites/news.yml"))).toContain("connector:");
    await propose(world.fleet);
    const number = proposals()[0]!.number;
    const comments = world.forge.said.filter(({ issue: where }) => where === number);
    expect(comments).toHaveLength(2);
  });

  it("may be carried by a person, and is judged at the time of the comment", async () => {
    const site = connect(await openWindow("blog"));
    const token = await site.token();
    world.wait(500);
    expect(await say("sam", `/countersign pair blog ${token}`)).toContain("is not the pairing");
    expect(await say("sam", `/countersign pair blog ${token}`, 450)).toContain("is here");
    expect(world.kinds().at(-1)).toBe("pairing.received");
  });
});

describe("pairing again", () => {
  /** Approved, merged, settled, greeted. */
  async function goLive(name: string): Promise<void> {
    const [pull] = proposals().slice(-1);
    await review(world.fleet, pull!.number);
    world.wait(5);
    for (const who of ["olivia", "omar"] as const) await world.approve(pull!.number, who);
    world.forge.merge(pull!.number, "ada");
    world.wait(1);
    await settle(world.fleet);
    await work(name);
  }
  const position = (epoch: number) => keysOf(world.fleet.log.history.keys, siteId("shop"), epoch);

  it("begins with the first version of its epoch, whatever was rotated before", async () => {
    await rotate(world.fleet, "shop", 13);
    await deliverKeyset(world.fleet, siteId("shop"));
    await rotate(world.fleet, "shop", 13);
    expect(position(1)).toMatchObject({ kver: 2, ordered: { kver: 3 } });
    const site = await bringKey("shop");
    expect(site.given).toMatchObject({ epoch: 2, gen: 1, kver: 1 });
    await goLive("shop");
    expect(position(2)).toMatchObject({ gen: 1, kver: 1, ordered: null });
    expect(await deliverKeyset(world.fleet, siteId("shop"))).toBeNull();
    expect(site.asked.slice(0, 3)).toEqual(["hello", "inventory", "outcome"]);
  });

  it("leaves the site's levels behind: they were about the old key", async () => {
    await world.fleet.log.append(() => ({
      entries: [level("shop", "contained", "key_compromised"), level("news", "hold", "commanded")],
    }));
    await bringKey("shop");
    expect(levelOf(world.fleet.log.history, siteId("shop")).level).toBe("contained");
    await goLive("shop");
    expect(world.entries("level").at(-1)).toMatchObject({
      site: "shop",
      cause: "paired",
      by: null,
    });
    expect(levelOf(world.fleet.log.history, siteId("shop")).level).toBe("normal");
    expect(levelOf(world.fleet.log.history, siteId("news")).level).toBe("hold");
  });

  it("pins the newest generation on record, and speaks to the site with it", async () => {
    const at = "2026-11-24T12:00:00Z";
    const kid = kidOf(Bytes32.parse(keyOf("shop")));
    const ordered = { at, by: 13, epoch: 1, gen: 2, kid, kver: 1, phase: "ordered" } as const;
    const before = connect(await openWindow("blog"));
    await world.fleet.log.append(() => ({
      entries: [{ kind: "keyset", site: siteId("shop"), ...ordered }],
    }));
    expect(await send(await before.token())).toMatchObject({ why: /another generation/u });
    const site = connect(await openWindow("blog", "sam", 2));
    const { x: log } = await keys.logSigner({ cp: `cp:${world.repo}`, gen: 2 });
    expect(site.given).toMatchObject({ epoch: 2, gen: 2, kver: 1, log });
    await send(await site.token());
    await work("blog");
    await goLive("blog");
    expect(site.asked.slice(0, 3)).toEqual(["hello", "inventory", "outcome"]);
  });
});

describe("a window", () => {
  it.each<[Who, string, RegExp]>([
    ["olivia", `blog ${keyOf("blog")}`, /do not hold|was not done/u],
    ["sam", `nowhere ${keyOf("nowhere")}`, /no site/u],
    ["sam", "blog AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", /no public key/u],
    ["sam", "blog short", /no public key/u],
    ["sam", "blog", /countersign pair blog/u],
    ["sam", "", /which site/u],
  ])("is not opened by %s with %s", async (who, words, why) => {
    expect(await say(who, `/countersign pair ${words}`)).toMatch(why);
    expect(world.entries("pairing.opened")).toEqual([]);
  });
  it("is not opened when its comment is read too late", async () => {
    const answer = await say("sam", `/countersign pair blog ${keyOf("blog")}`, 601);
    expect(answer).toContain("over already");
  });
  it("is opened once by one comment, and closed by a second one", async () => {
    const first = await openWindow("blog");
    const second = await openWindow("blog");
    expect([first.epoch, second.epoch]).toEqual([1, 2]);
    expect(await send(await connect(first).token())).toMatchObject({
      kind: "refused",
      why: /claim/u,
    });
    expect(await send(await connect(second).token())).toMatchObject({ kind: "accepted" });
  });
  it("is held by the log alone: another process goes on with it", async () => {
    const site = connect(await openWindow("blog"));
    await world.restart();
    expect(await send(await site.token())).toMatchObject({ kind: "accepted" });
  });
});

describe("a pairing token", () => {
  it("is taken once, however often and how close together it comes", async () => {
    const site = connect(await openWindow("blog"));
    const tokens = await Promise.all([site.token(), site.token(), site.token()]);
    const received = await Promise.all([...tokens, tokens[0]].map((token) => send(token)));
    expect(received.filter(({ kind }) => kind === "accepted")).toHaveLength(1);
    expect(await send(tokens[0])).toMatchObject({ kind: "refused", why: /used/u });
    expect(world.entries("pairing.received")).toHaveLength(1);
  });
  it.each<[string, (site: PairingSite) => Promise<string>, RegExp]>([
    ["of another home", (site) => site.token({ home: "https://x.example" }), /claim/u],
    ["of another secret", (site) => site.token({ secret: Buffer.alloc(16) }), /claim/u],
    ["for a site without a window", (site) => site.token({ iss: "site:news" }), /no window/u],
    ["without its last byte", async (site) => (await site.token()).slice(0, -2), /names its site/u],
    ["that is none", async () => "a.b.c", /names its site/u],
  ])("is refused %s, and moves nothing", async (_name, token, why) => {
    const site = connect(await openWindow("blog"));
    const size = world.fleet.log.size;
    const refused = await send(await token(site));
    expect(refused).toMatchObject({ kind: "refused", why: expect.stringMatching(why) });
    expect(world.fleet.log.size).toBe(size);
    expect(await send(await site.token())).toMatchObject({ kind: "accepted" });
  });
  it("is refused when the window is over, and with a text beside it", async () => {
    const site = connect(await openWindow("blog"));
    expect(await send(await site.token(), { detail: "" })).toMatchObject({ kind: "refused" });
    world.wait(601);
    expect(await send(await site.token())).toMatchObject({ kind: "refused", why: /over/u });
  });
});

describe("the site's own address", () => {
  it("has to answer with the new key, or there is no proposal", async () => {
    const site = connect(await openWindow("blog"));
    site.speaks = signerOf(Buffer.alloc(32, 5));
    await send(await site.token());
    await work("blog", 200);
    expect(world.entries("pairing.proved")).toEqual([]);
    expect(proposals()).toEqual([]);
    expect(world.forge.said.at(-1)?.text).toContain("came to nothing");
  });
  it("may come back while it is waited for", async () => {
    const site = connect(await openWindow("blog"));
    site.isSilent = true;
    await send(await site.token());
    await work("blog");
    site.isSilent = false;
    await work("blog");
    expect(world.entries("pairing.proved")).toHaveLength(1);
  });
  it.each([
    ["another home", { home: "https://copy.example" }],
    ["no inventory", { plugins: "none" }],
  ])("proves nothing with %s", async (_name, over) => {
    const site = connect(await openWindow("blog"));
    site.inventory = { ...site.inventory, ...over };
    await send(await site.token());
    await work("blog", 3);
    expect(world.entries("pairing.proved")).toEqual([]);
  });
});
describe("a connector value", () => {
  it("that no pairing bears out blocks whoever approves it", async () => {
    const tip = (await world.forge.branchTip("main"))!;
    const tree = new Map(await world.forge.controlTree(tip));
    const pin = `connector: { epoch: 1, since: 0, key: { kty: OKP, crv: Ed25519, x: ${keyOf("x")} } }`;
    tree.set("sites/blog.yml", `${String(tree.get("sites/blog.yml"))}${pin}\n`);
    const head = world.forge.commit("by hand", tree, tip);
    world.forge.propose(9, head, "ada");
    await review(world.fleet, 9);
    world.wait(5);
    await world.approve(9, "olivia");
    await world.approve(9, "sam");
    expect(world.forge.checksOn(head)).toMatchObject({ policy: "blocked" });
    expect(world.forge.shown.get(9)?.text).toContain("no pairing on record");
    world.forge.merge(9, "ada");
    await settle(world.fleet);
    expect(world.entries("range").at(-1)).toMatchObject({ result: "unattested" });
    expect(world.fleet.log.history.pairings.has(siteId("blog"))).toBe(false);
  });
});
