import { beforeEach, describe, expect, it } from "vitest";
import { command } from "../../src/workflow/command.ts";
import { readHistory } from "../../src/domain/history.ts";
import type { Fleet } from "../../src/workflow/fleet.ts";
import type { Packages } from "../../src/workflow/ports.ts";
import type { Account, Forge, IssueComment, PullRequest } from "../../src/workflow/forge-port.ts";
import { PackageLock } from "../../src/contract/package-lock.ts";
import { digest, sha } from "../support/ids.ts";
import { lock, site, tree } from "../support/control-tree.ts";

const [operator, author, stranger, bot, otherBot]: Account[] = [
  { id: 1, login: "olivia", type: "User" },
  { id: 2, login: "agent", type: "User" },
  { id: 3, login: "mallory", type: "User" },
  { id: 4, login: "countersign[bot]", type: "Bot" },
  { id: 5, login: "other[bot]", type: "Bot" },
];
const policy = `version: 1
roles: { operators: { users: [{ login: olivia, id: 1 }] } }
gates: [{ name: all, require: [{ role: operators, count: 1 }] }]
`;
const wants = (version: string) => `plugins: { shop: { version: "${version}", state: active } }`;
const main = tree({
  "countersign.yml": policy,
  ...lock("plugins/shop@1.0"),
  ...site("a", wants("1.0")),
});
const proposed = new Map([...main, ...tree(site("a", wants("1.1")))]);
const [attested, head] = [sha("main"), sha("head")];

let comments: IssueComment[];
let said: string[];
let commits: Parameters<Forge["commitFiles"]>[0][];
let branchMoves: boolean;
let pull: PullRequest | null;
beforeEach(() => {
  [comments, said, commits, branchMoves] = [[], [], [], false];
  pull = {
    number: 7,
    state: "open",
    draft: false,
    fork: false,
    base: "main",
    head,
    headRef: "change",
    openedBy: author!,
    mergedBy: null,
    mergeCommit: null,
    mergedAt: null,
    labels: [],
    requestedReviewers: [],
    url: "",
    title: "",
    body: "",
  };
});

function comment(
  body: string,
  by: Account | null | undefined,
  editedAt: string | null = null,
): number {
  const id = 100 + comments.length;
  const own = by === bot;
  comments.push({ id, own, user: by ?? null, body, createdAt: "2026-11-24T10:00:00Z", editedAt });
  return id;
}

const forge: Partial<Forge> = {
  commentsOf: async () => comments,
  pull: async () => pull,
  say: async (_issue, text) => void said.push(text),
  forgetPeople: () => undefined,
  branchTip: async () => attested,
  mergeBase: async () => attested,
  controlTree: async (commit) => (commit === head ? proposed : main),
  person: async (id) => ({ id, login: `person-${id}`, type: "User", suspended: false }),
  owners: async () => [],
  commitFiles: async (change) => {
    commits.push(change);
    return branchMoves ? null : sha("pinned");
  },
};
const packages: Packages = {
  async read(id) {
    const found = {
      source: "wordpress.org",
      url: "https://downloads.wordpress.org/plugin/shop.1.1.zip",
      sha256: digest("bytes"),
      bytes: 10,
      releasedAt: "2026-11-01T10:00:00Z",
    };
    return { kind: "found", found: { lock: PackageLock.parse(found), headerVersion: id.version } };
  },
};
const history = { ...readHistory([]), attested };
const fleet = {
  repository: { id: 9, defaultBranch: "main", ownedByOrganisation: true },
  forge,
  packages,
  log: { history },
  clock: { now: () => Date.parse("2026-11-24T10:00:10Z") / 1000 },
} as unknown as Fleet;
const run = (id: number) => command(fleet, 7, id);

describe("a command in a comment", () => {
  it("is answered once: a second run finds the answer", async () => {
    const id = comment("/countersign help", stranger);
    await run(id);
    expect(said).toEqual([
      expect.stringMatching(new RegExp(`^<!-- countersign:answer ${id} -->\n`, "u")),
    ]);
    comment(said[0]!, bot);
    await run(id);
    expect(said).toHaveLength(1);
  });
  it.each([stranger, otherBot])(
    "is answered although %o wrote the mark of its answer",
    async (who) => {
      const id = comment("/countersign help", operator);
      comment(`<!-- countersign:answer ${id} -->`, who);
      await run(id);
      expect(said).toHaveLength(1);
    },
  );
  it("counts for nothing once it was edited, and says so", async () => {
    await run(comment("/countersign pin", operator, "2026-11-24T10:00:05Z"));
    expect(said[0]).toContain("edited comments command nothing");
    expect(commits).toEqual([]);
  });
  it("is left alone where it is gone, quoted, or the App's own", async () => {
    await run(12345);
    await run(comment("> /countersign help\n```\n/countersign panic\n```", operator));
    await run(comment("<!-- countersign:plan -->\n/countersign help", bot));
    expect(said).toEqual([]);
  });
  it("stands beside others in one comment, which gets one answer", async () => {
    const jobs = await run(
      comment("/countersign recheck\n/countersign what\n/countersign help x", operator),
    );
    expect(jobs).toEqual([{ kind: "review", key: "7", runAt: fleet.clock.now() }]);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain("`what` is no command");
    expect(said[0]).toContain("It is written `/countersign help`");
  });
  it("shows what was written as code, so that it commands and mentions nobody", async () => {
    await run(comment("/countersign @acme/ops`<img>", stranger));
    expect(said[0]).toContain("``@acme/ops`<img>``");
  });
});

describe("recheck and pin", () => {
  it.each([
    ["any role", operator, true],
    ["the author", author, true],
    ["not a stranger", stranger, false],
    ["not a deleted account", null, false],
  ])("are for %s", async (_who, who, may) => {
    const jobs = await run(comment("/countersign recheck", who));
    expect(jobs).toHaveLength(may ? 1 : 0);
    expect(said[0]).toContain(may ? "being read again" : "was not done");
  });
  it("commit the locks that the plan misses on top of the head that was planned", async () => {
    const jobs = await run(comment("/countersign pin", author));
    expect(commits).toMatchObject([
      { branch: "change", parent: head, message: "Pin plugins/shop@1.1" },
    ]);
    expect([...commits[0]!.files.keys()]).toEqual(["packages/plugins/shop/1.1.yml"]);
    expect(jobs).toMatchObject([{ kind: "review", key: "7" }]);
    expect(said[0]).toContain(digest("bytes"));
  });
  it("are taken up again, without an answer, where the branch moved meanwhile", async () => {
    branchMoves = true;
    const id = comment("/countersign pin", author);
    expect(await run(id)).toMatchObject([{ kind: "command", key: `7 ${id}` }]);
    expect(said).toEqual([]);
  });
  it("pin one package by name, but never replace a lock that says something else", async () => {
    await run(comment("/countersign pin plugins/shop@1.0", author));
    expect(commits).toEqual([]);
    expect(said[0]).toContain("has a lock that differs");
    await run(comment("/countersign pin ../../etc@1", author));
    expect(said[1]).toContain("That is no package");
  });
  it("need an open pull request of this repository", async () => {
    pull = { ...pull!, fork: true };
    await run(comment("/countersign pin", author));
    expect(said[0]).toContain("in a fork");
    pull = { ...pull, fork: false, state: "closed" };
    await run(comment("/countersign pin", author));
    pull = null;
    await run(comment("/countersign pin", operator));
    await run(comment("/countersign recheck", operator));
    expect(said[1]).toContain("this is none");
    expect(said[2]).toContain("this is none");
    expect(said[3]).toContain("no proposal here");
    expect(commits).toEqual([]);
  });
});
