import { afterEach, describe, expect, it } from "vitest";
import { type CommitSha, Version } from "../../src/contract/ids.ts";
import { secretLines } from "../../src/domain/secret-text.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { START, World } from "../support/fleet-world.ts";

let world: World;
afterEach(() => world.close());

const policyOn = (head: CommitSha) => {
  const found = world.forge.checks.get(`${head} countersign/policy`);
  if (found === undefined) throw new Error("the check was never shown");
  return found;
};
const rule = (text: string) => `rules:\n  - ${text}\n`;

describe("a proposal's policy check", () => {
  it("passes with the built-in rules, and shows each", async () => {
    world = await World.open();
    const { result, title, summary } = policyOn(await world.propose(7, { shop: "1.1" }));
    expect([result, title]).toEqual(["passed", "The policy has no objection"]);
    expect(summary).toContain("`package-matches-source`");
    expect(summary).toContain("`known-bad`");
  });

  it("refuses what a rule of the policy refuses, at the line that asks for it", async () => {
    world = await World.open({
      policy: rule('{ id: tiny, assert: { package.bytes: "<= 1" }, enforcement: hard }'),
    });
    const { result, title, annotations } = policyOn(await world.propose(7, { shop: "1.1" }));
    expect([result, title]).toEqual(["blocked", "Refused by tiny"]);
    expect(annotations).toEqual([
      expect.objectContaining({ path: "sites/shop.yml", line: 4, level: "failure" }),
    ]);
  });

  it("is judged again at the merge, which then authorises nothing", async () => {
    world = await World.open({
      policy: rule('{ id: tiny, assert: { package.bytes: "<= 1" }, enforcement: hard }'),
    });
    await world.bring(7, { shop: "1.1" });
    expect(world.kinds()).not.toContain("authorised");
    expect(world.entries("range").at(-1)).toMatchObject({
      result: "unattested",
      reasons: ["policy_blocked"],
    });
  });

  it("waits where the facts of a rule are not known", async () => {
    world = await World.open({
      policy: rule("{ id: safe, assert: { package.vulnerable: false }, enforcement: soft }"),
    });
    const { result, title } = policyOn(await world.propose(7, { shop: "1.1" }));
    expect([result, title]).toEqual([
      "waiting",
      "Facts are missing for safe; an override would let it pass",
    ]);
  });
});

describe("a feed of known vulnerabilities", () => {
  const policy = `vulnerabilities: { format: wordfence, url: "https://feed.example/", maxAge: 24h }
builtin: { release-age: soft, package-size: "off" }
`;
  const affected = (to: string, over: object = {}) => ({
    package: "plugins/hello",
    from: null,
    fromInclusive: true,
    to: Version.parse(to),
    toInclusive: false,
    name: "CVE-2026-12345",
    ...over,
  });
  const read = (at: number, ...list: ReturnType<typeof affected>[]) =>
    ({ kind: "read", at, affected: list, unread: [], problem: null }) as const;
  async function proposed(feed: World["feed"]) {
    world = await World.open({ policy });
    world.feed = feed;
    return policyOn(await world.propose(7, { shop: "1.1" }));
  }

  it("refuses a version that it names, by its number", async () => {
    const { result, title, summary } = await proposed(read(START, affected("2.0")));
    expect([result, title]).toEqual([
      "blocked",
      "Refused by vulnerable; an override would let it pass",
    ]);
    expect(summary).toContain("CVE\\-2026\\-12345");
  });
  it("makes rules that ask for it wait while it is gone, and says why", async () => {
    const { result, title, summary } = await proposed({ kind: "unread", why: "503 *there*" });
    expect([result, title]).toEqual([
      "waiting",
      "Facts are missing for vulnerable; an override would let it pass",
    ]);
    expect(summary).toContain("not known: there is no feed: 503 \\*there\\*");
  });
  it("makes them wait once it is too old, and goes on when there is a new one", async () => {
    await proposed(read(START));
    expect(policyOn(world.forge.pulls.get(7)!.head).result).toBe("passed");
    world.wait(24 * 3600 + 1);
    await review(world.fleet, 7);
    const { result, summary } = policyOn(world.forge.pulls.get(7)!.head);
    expect(result).toBe("waiting");
    expect(summary).toContain("the feed is 24 h old");
    world.feed = read(world.clock.now());
    await review(world.fleet, 7);
    expect(policyOn(world.forge.pulls.get(7)!.head).result).toBe("passed");
  });
  it("lets a fix of what it names go before the release is three days old", async () => {
    // lock() says that the packages are of 1 November.
    const young = Math.floor(Date.UTC(2026, 10, 2) / 1000);
    world = await World.open({ policy });
    world.clock.seconds = young;
    world.feed = read(young);
    const head = await world.propose(7, { shop: "1.1" });
    expect(policyOn(head)).toMatchObject({
      result: "blocked",
      title: "Refused by release-age; an override would let it pass",
    });
    world.feed = read(young, affected("1.1"));
    await review(world.fleet, 7);
    expect(policyOn(head)).toMatchObject({ result: "passed" });
    expect(policyOn(head).summary).toContain("1 change exempt");
  });
});

describe("bytes that hurt a site", () => {
  it("run nowhere else, until people cleared them", async () => {
    world = await World.open({ sites: ["shop", "blog"] });
    await world.propose(7, { shop: "1.1", blog: "1.0" });
    await world.approve(7);
    world.forge.merge(7, "ada");
    world.wait(1);
    await settle(world.fleet);
    world.sites.get("shop")?.faults.push("rolls_back");
    await world.run("shop");
    expect(world.entries("receipt").at(-1)?.out).toBe("rolled_back");
    const head = await world.propose(8, { shop: "1.1", blog: "1.1" });
    expect(policyOn(head)).toMatchObject({ result: "blocked", title: "Refused by known-bad" });
  });
});

describe("staging first", () => {
  it("is proved by the receipt of the same bytes, after the soak, and no sooner", async () => {
    const promotes = "{ tier: development, soak: 1h }";
    world = await World.open({
      sites: ["shop", "blog"],
      policy: rule(`{ id: first, assert: { site.promotesFrom: ${promotes} }, enforcement: hard }`),
    });
    await bringTree(5, { shop: "1.0", blog: "1.0" });
    await bringTree(6, { shop: "1.0", blog: "1.1" });
    const early = await proposeTree(7, { shop: "1.1", blog: "1.1" });
    expect(policyOn(early)).toMatchObject({ result: "blocked", title: "Refused by first" });
    expect(policyOn(early).summary).toContain("not applied there");
    await world.run("blog");
    expect(world.entries("receipt").at(-1)?.out).toBe("applied");
    await review(world.fleet, 7);
    expect(policyOn(early).summary).toContain("applied 0 h ago");
    world.wait(3600);
    await review(world.fleet, 7);
    expect(policyOn(early)).toMatchObject({ result: "passed" });
  });
});

type Versions = Readonly<Record<"shop" | "blog", string>>;

/** `blog` is the development site. */
async function proposeTree(number: number, versions: Versions): Promise<CommitSha> {
  const files = new Map(await world.files(versions));
  const blog = String(files.get("sites/blog.yml"));
  files.set("sites/blog.yml", blog.replace("tier: production", "tier: development"));
  const tip = await world.forge.branchTip("main");
  if (tip === null) throw new Error("no branch");
  const head = world.forge.commit(`head ${number}`, files, tip);
  world.forge.propose(number, head, "ada");
  await review(world.fleet, number);
  world.wait(5);
  return head;
}

async function bringTree(number: number, versions: Versions): Promise<void> {
  await proposeTree(number, versions);
  await world.approve(number);
  world.forge.merge(number, "ada");
  world.wait(1);
  await settle(world.fleet);
}

describe("text that looks like a secret", () => {
  it("in a changed control file is refused, and never repeated", async () => {
    world = await World.open();
    const secret = `ghp_${"Ab1".repeat(12)}`;
    expect(secretLines(secret)).toEqual([1]);
    const tip = await world.forge.branchTip("main");
    if (tip === null) throw new Error("no branch");
    const extra = new Map([["tests/a.yml", `# ${secret}\n`]]);
    const head = world.forge.commit("leak", await world.files({ shop: "1.1" }, extra), tip);
    world.forge.propose(9, head, "ada");
    await review(world.fleet, 9);
    const check = policyOn(head);
    expect(check).toMatchObject({ result: "blocked" });
    expect(check.summary).toContain("tests/a.yml:1");
    expect(JSON.stringify(check)).not.toContain(secret);
  });

  it.each<[string, (secret: string, head: CommitSha) => void]>([
    ["title:1", (secret) => Object.assign(world.forge.pulls.get(7)!, { title: secret })],
    [
      "description:2",
      (secret) => Object.assign(world.forge.pulls.get(7)!, { body: `hello\r\n${secret}` }),
    ],
    ["branch name:1", (secret) => Object.assign(world.forge.pulls.get(7)!, { headRef: secret })],
    [
      "message of",
      (secret) => {
        const [commit] = world.forge.ownCommits.get(7)!;
        world.forge.ownCommits.set(7, [{ ...commit!, message: `fix\n\n${secret}` }]);
      },
    ],
  ])("beside the files is found as %s, and never repeated", async (place, spoil) => {
    world = await World.open();
    const head = await world.propose(7, { shop: "1.1" });
    const secret = `ghp_${"Ab1".repeat(12)}`;
    spoil(secret, head);
    await review(world.fleet, 7);
    const check = policyOn(head);
    expect(check).toMatchObject({
      result: "blocked",
      title: "Refused by no-secrets; an override would let it pass",
    });
    expect(check.summary).toContain(place);
    expect(JSON.stringify(check)).not.toContain(secret);
  });
  it("waits where the commits could not be read", async () => {
    world = await World.open();
    const head = await world.propose(7, { shop: "1.1" });
    world.forge.failing.add("commitsBetween");
    await review(world.fleet, 7);
    expect(policyOn(head)).toMatchObject({
      result: "waiting",
      title: "Facts are missing for no-secrets; an override would let it pass",
    });
  });
});

describe("rules beside a lock that is not what its source has", () => {
  const tiny = rule('{ id: tiny, assert: { package.bytes: "<= 1" }, enforcement: advisory }');
  const answering = (kind: "unreachable" | "unsafe") => {
    const packages = { read: async () => ({ kind, why: "odd" }) as const };
    world.fleet = { ...world.fleet, packages };
  };
  async function proposed(kind: "unreachable" | "unsafe", policy = tiny) {
    world = await World.open({ policy });
    answering(kind);
    return policyOn(await world.propose(7, { shop: "1.1" }));
  }
  it("are judged all the same, with the finding beside them", async () => {
    const { result, title, summary } = await proposed("unsafe");
    expect([result, title]).toEqual(["blocked", "1 error to mend"]);
    expect(summary).toContain("packages/plugins/hello/1.1.yml");
    expect(summary).toContain("`tiny` advisory");
    expect(summary).toContain("`package.matchesSource` got false, wanted true");
  });
  it("are judged while the source cannot be asked, and the check waits", async () => {
    const { result, title, summary } = await proposed("unreachable");
    expect([result, title]).toEqual(["waiting", "Facts are missing for package-matches-source"]);
    expect(summary).toContain("`tiny` advisory");
  });
  it.each([
    ["unsafe", "blocked", "1 error to mend"],
    ["unreachable", "waiting", "Packages could not be compared with their source yet"],
  ] as const)("cannot let it pass when it is %s: %s", async (kind, wanted, headline) => {
    const policy = 'builtin: { package-matches-source: "off" }\n';
    const { result, title } = await proposed(kind, policy);
    expect([result, title]).toEqual([wanted, headline]);
  });
});
