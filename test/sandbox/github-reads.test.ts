/** What the App reads of the sandbox's GitHub beside its lists: protection, and who wrote a commit. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { People } from "../../sandbox/people.ts";
import { type SandboxGitHub, startGitHub } from "../../sandbox/github/start.ts";
import { CommitSha } from "../../src/contract/ids.ts";
import { judgeProtection } from "../../src/domain/protection.ts";
import { openForge } from "../../src/github/forge.ts";
import { files, installation } from "./github-world.ts";

let github: SandboxGitHub;
beforeAll(async () => {
  github = await startGitHub({ files });
});
afterAll(() => github.close());

async function forge() {
  const { owner, repo, appId } = github;
  return openForge({ client: await installation(github), owner, repo, appId });
}

describe("the App on the sandbox's GitHub", () => {
  it("sees the required checks of the default branch, whom they bind, and no protection elsewhere", async () => {
    const read = await forge();
    expect(judgeProtection("default", await read.protection("main"))).toMatchObject({
      state: "weak",
      gaps: ["administrators_pass"],
      unseen: ["direct_push", "force_push", "deletion"],
    });
    expect(judgeProtection("audit", await read.protection("countersign/audit")).state).toBe("weak");
  });
  it("is told the accounts of a commit's co-authors, and of nobody for an address of nobody", async () => {
    const people = new People(github);
    const message = [
      "Together",
      "",
      "Co-authored-by: Omar <omar@users.noreply.github.com>",
      "Co-authored-by: Zed <zed@example.com>",
    ].join("\n");
    const commit = await people.commit("ada", { branch: "pair", files: { "a.md": "x" }, message });
    const authors = await (await forge()).authorsOf(CommitSha.parse(commit));
    expect(authors.map(({ id }) => id)).toEqual([
      github.people.ada.id,
      github.people.omar.id,
      null,
    ]);
  });
});
