/**
 * The control files of a commit. Git objects never change, so blobs and trees are kept by their
 * SHA; a proposal that changes one file costs one blob.
 */
import type { CommitSha } from "../contract/ids.ts";
import type { ControlTree } from "../workflow/ports.ts";
import { asked, type GitHubRepository } from "./client.ts";
import { CountersignError } from "../errors.ts";

/** Files of the control repository that the plan reads; any other path is only named. */
const controlPath =
  /^(countersign\.yml|(sites|baselines|operations|tests)\/[^/]+\.yml|packages\/(core|plugins|themes)\/.+\.yml)$/u;
const maxBytes = 64 * 1024;
const keptBlobs = 20_000;

type Entry = { path: string; type: string; mode: string; sha: string; size: number };

export class ControlTrees {
  readonly #at: GitHubRepository;
  readonly #blobs = new Map<string, string | null>();
  readonly #trees = new Map<string, Promise<ControlTree>>();

  constructor(at: GitHubRepository) {
    this.#at = at;
  }

  /** @throws CountersignError when GitHub cuts the tree short: a part of a plan is no plan. */
  of(commit: CommitSha): Promise<ControlTree> {
    const known = this.#trees.get(commit);
    if (known !== undefined) return known;
    const tree = this.#read(commit).catch((error: unknown) => {
      this.#trees.delete(commit);
      throw error;
    });
    if (this.#trees.size > 200) this.#trees.clear();
    this.#trees.set(commit, tree);
    return tree;
  }

  async #read(commit: CommitSha): Promise<ControlTree> {
    const files = new Map<string, string>();
    const unreadable = new Map<string, "not_utf8" | "too_large" | "link">();
    const otherPaths: string[] = [];
    const wanted: Entry[] = [];
    for (const entry of await this.#entries(commit)) {
      if (entry.type === "tree") continue;
      if (!controlPath.test(entry.path)) otherPaths.push(entry.path);
      else if (entry.type !== "blob" || entry.mode === "120000") unreadable.set(entry.path, "link");
      else if (entry.size > maxBytes) unreadable.set(entry.path, "too_large");
      else wanted.push(entry);
    }
    for (let start = 0; start < wanted.length; start += 10) {
      await Promise.all(
        wanted.slice(start, start + 10).map(async (entry) => {
          const text = await this.#blob(entry.sha);
          if (text === null) unreadable.set(entry.path, "not_utf8");
          else files.set(entry.path, text);
        }),
      );
    }
    return { files, unreadable, otherPaths };
  }

  async #entries(commit: CommitSha): Promise<Entry[]> {
    const { client, owner, repo } = this.#at;
    const { data } = await asked(
      `list the files of ${commit.slice(0, 7)}`,
      client.rest.git.getTree({ owner, repo, tree_sha: commit, recursive: "1" }),
    );
    if (data.truncated) {
      throw new CountersignError(
        "github_refused",
        `GitHub cut the list of files of ${commit.slice(0, 7)} short.`,
        { hint: "Move what is not configuration out of the control repository." },
      );
    }
    return data.tree.map((entry) => ({ ...entry, size: entry.size ?? 0 }));
  }

  async #blob(blobSha: string): Promise<string | null> {
    const known = this.#blobs.get(blobSha);
    if (known !== undefined) return known;
    const { client, owner, repo } = this.#at;
    const { data } = await asked(
      `read file ${blobSha.slice(0, 7)}`,
      client.rest.git.getBlob({ owner, repo, file_sha: blobSha }),
    );
    const text = decode(Buffer.from(data.content, "base64"));
    if (this.#blobs.size > keptBlobs) this.#blobs.clear();
    this.#blobs.set(blobSha, text);
    return text;
  }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
