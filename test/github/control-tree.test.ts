/** The files of a commit: all of them, each read once, or none. */
import { afterEach, describe, expect, it } from "vitest";
import { sha } from "../support/ids.ts";
import { api, endReplies, forge, repo } from "../support/github-replies.ts";

afterEach(() => expect(endReplies()).toEqual([]));

const blob = (path: string, name: string, over: object = {}) => ({
  path,
  mode: "100644",
  type: "blob",
  sha: sha(name),
  size: 3,
  ...over,
});
const tree = (commit: string, entries: readonly object[], truncated = false) =>
  api()
    .get(`${repo}/git/trees/${sha(commit)}`)
    .query({ recursive: "1" })
    .reply(200, { truncated, tree: entries });
const content = (name: string, bytes: string | Buffer) =>
  api()
    .get(`${repo}/git/blobs/${sha(name)}`)
    .reply(200, { content: Buffer.from(bytes).toString("base64") });

describe("the control files of a commit", () => {
  it("cost what changed: a file that another commit has too is not read again", async () => {
    const github = forge();
    tree("one", [blob("countersign.yml", "policy"), blob("sites/shop.yml", "old")]);
    content("policy", "a: 1");
    content("old", "b: 1");
    expect([...(await github.controlTree(sha("one")))]).toEqual([
      ["countersign.yml", "a: 1"],
      ["sites/shop.yml", "b: 1"],
    ]);
    tree("two", [blob("countersign.yml", "policy"), blob("sites/shop.yml", "new")]);
    content("new", "b: 2");
    expect((await github.controlTree(sha("two"))).get("sites/shop.yml")).toBe("b: 2");
    expect((await github.controlTree(sha("one"))).get("sites/shop.yml")).toBe("b: 1");
  });
  it("are no tree where GitHub cuts the list short, or fails half-way", async () => {
    const github = forge();
    tree("one", [blob("countersign.yml", "policy")], true);
    await expect(github.controlTree(sha("one"))).rejects.toMatchObject({ code: "github_refused" });
    tree("one", [blob("countersign.yml", "policy"), blob("sites/shop.yml", "old")]);
    content("policy", "a: 1");
    api()
      .get(`${repo}/git/blobs/${sha("old")}`)
      .reply(502, {});
    await expect(github.controlTree(sha("one"))).rejects.toMatchObject({
      code: "github_unreachable",
    });
    tree("one", [blob("countersign.yml", "policy"), blob("sites/shop.yml", "old")]);
    content("old", "b: 1");
    expect((await github.controlTree(sha("one"))).size).toBe(2);
  });
  it.each<[string, object]>([
    ["a submodule", { type: "commit" }],
    ["five megabytes", { size: 5 * 1024 * 1024 }],
  ])("are refused where one is %s", async (_what, over) => {
    tree("one", [blob("sites/shop.yml", "odd", over)]);
    await expect(forge().controlTree(sha("one"))).rejects.toMatchObject({ code: "github_refused" });
  });
  it("that plan nothing are known by their blob alone, and what is no text stays bytes", async () => {
    tree("one", [blob("README.md", "readme"), blob("sites/shop.yml", "bytes")]);
    content("bytes", Buffer.from([0xff, 0xfe]));
    const files = await forge().controlTree(sha("one"));
    expect(files.get("README.md")).toBe(`blob ${sha("readme")}`);
    expect(files.get("sites/shop.yml")).toBeInstanceOf(Uint8Array);
  });
});
