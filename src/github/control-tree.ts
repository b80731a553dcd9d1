/**
 * The files of a commit. Git objects never change, so blobs and trees are kept by their
 * SHA; a proposal that changes one file costs one blob.
 */
import type { CommitSha } from "../contract/ids.ts";
import { roleOfPath, type Tree } from "../contract/control-repository.ts";
import type { FileContent } from "../contract/yaml-document.ts";
import { asked, type GitHubRepository } from "./client.ts";
import { CountersignError } from "../errors.ts";

/** Above this GitHub is not asked for a file's text: no control file is near it. */
const maxBytes = 4 * 1024 * 1024;
/** Key-sets of a whole fleet, some 1,000 bytes for each site. */
const maxKeysBytes = 16 * 1024 * 1024;
const keptBlobs = 20_000;

type Entry = { path: string; type: string; mode: string; sha: string; size: number };

export class ControlTrees {
  readonly #at: GitHubRepository;
  readonly #blobs = new Map<string, FileContent>();
  readonly #trees = new Map<string, Promise<Tree>>();

  constructor(at: GitHubRepository) {
    this.#at = at;
  }

  /** @throws CountersignError when GitHub cuts the tree short: a part of a plan is no plan. */
  of(commit: CommitSha): Promise<Tree> {
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

  async #read(commit: CommitSha): Promise<Tree> {
    const files = new Map<string, FileContent>();
    const wanted: Entry[] = [];
    for (const entry of await this.#entries(commit)) {
      if (entry.type === "tree") continue;
      const { kind } = roleOfPath(entry.path);
      const most = kind === "keys" ? maxKeysBytes : maxBytes;
      if (kind === "other") files.set(entry.path, standIn(entry));
      else if (entry.type === "blob" && entry.size <= most) wanted.push(entry);
      else throw tooOdd(entry, commit);
    }
    for (let start = 0; start < wanted.length; start += 10) {
      const some = wanted.slice(start, start + 10);
      await Promise.all(some.map(async ({ path, sha }) => files.set(path, await this.#blob(sha))));
    }
    return files;
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

  async #blob(blobSha: string): Promise<FileContent> {
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

/** Of a file that plans nothing only a change is of interest, and its blob id tells that. */
const standIn = ({ sha }: Entry): string => `blob ${sha}`;

function decode(bytes: Uint8Array): FileContent {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes;
  }
}

function tooOdd({ path, type, size }: Entry, commit: CommitSha): CountersignError {
  const what = type === "blob" ? `has ${size} bytes` : "is a submodule";
  const message = `${path} at ${commit.slice(0, 7)} ${what}: it cannot be a control file.`;
  return new CountersignError("github_refused", message, {
    hint: "Remove it from the control repository's folders, then push again.",
  });
}
