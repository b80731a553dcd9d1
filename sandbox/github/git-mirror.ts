/**
 * A bare repository on disk that holds the same objects and refs as the store, for git itself to
 * serve. Objects are written once; refs are written anew before every request.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { deflateSync } from "node:zlib";
import { blobBytes, commitBytes, objectSha, type ObjectType, treeBytes } from "./objects.ts";
import type { RepoRow } from "./rows.ts";
import type { World } from "./world.ts";

const run = promisify(execFile);
const limits = { encoding: "buffer", maxBuffer: 256 * 1024 * 1024 } as const;

export interface GitMirror {
  readonly dir: string;
  /** Brings disk to the state of the store. */
  sync(): Promise<void>;
  git(...args: readonly string[]): Promise<Buffer>;
  /** Reads objects by name, all in one process. */
  objects(shas: readonly string[]): Promise<GitObject[]>;
}

export interface GitObject {
  readonly sha: string;
  readonly type: string;
  readonly bytes: Buffer;
}

export function createMirror(world: World, repo: RepoRow, root: string): GitMirror {
  const dir = path.join(root, `${repo.full_name}.git`);
  const written = new Set<string>();
  const git = async (...args: readonly string[]) => {
    const { stdout } = await run("git", ["-C", dir, ...args], limits);
    return stdout;
  };
  const ready = init(dir, repo, git);
  return {
    dir,
    git,
    async objects(shas) {
      const reading = run("git", ["-C", dir, "cat-file", "--batch"], limits);
      reading.child.stdin?.end(shas.map((sha) => `${sha}\n`).join(""));
      return parseBatch((await reading).stdout);
    },
    async sync() {
      await ready;
      writeObjects(world, repo, { dir, written });
      writeRefs(world, repo, dir);
    },
  };
}

async function init(dir: string, repo: RepoRow, git: GitMirror["git"]): Promise<void> {
  mkdirSync(dir, { recursive: true });
  await git("init", "--quiet", "--bare", "-b", repo.default_branch);
  await git("config", "http.receivepack", "true");
  await git("config", "uploadpack.allowFilter", "true");
  await git("config", "gc.auto", "0");
  await git("config", "receive.unpackLimit", "1000000"); // loose objects: `writeObject` looks there
}

/** `<sha> <type> <size>`, a line feed, the bytes, a line feed; again for each object. */
function parseBatch(output: Buffer): GitObject[] {
  const objects: GitObject[] = [];
  for (let at = 0; at < output.length;) {
    const end = output.indexOf("\n", at);
    const [sha = "", type = "", size = ""] = output.toString("latin1", at, end).split(" ");
    const bytes = output.subarray(end + 1, end + 1 + Number(size));
    if (type === "missing") throw new Error(`git has no object ${sha}`);
    objects.push({ sha, type, bytes });
    at = end + 1 + bytes.length + 1;
  }
  return objects;
}

interface Target {
  readonly dir: string;
  readonly written: Set<string>;
}

function writeObjects(world: World, repo: RepoRow, target: Target): void {
  const { gh } = world;
  for (const blob of gh.blobs.findBy("repo_id", repo.id))
    writeObject(target, blob.sha, "blob", () => blobBytes(blob));
  for (const tree of gh.trees.findBy("repo_id", repo.id))
    writeObject(target, tree.sha, "tree", () => treeBytes(tree.tree));
  for (const commit of gh.commits.findBy("repo_id", repo.id))
    writeObject(target, commit.sha, "commit", () => commitBytes(commit));
}

/** An object that git received is on disk already, with what the store does not keep of it. */
function writeObject(
  { dir, written }: Target,
  sha: string,
  type: ObjectType,
  encode: () => Buffer,
): void {
  if (written.has(sha)) return;
  const folder = path.join(dir, "objects", sha.slice(0, 2));
  const file = path.join(folder, sha.slice(2));
  if (!existsSync(file)) {
    const bytes = encode();
    if (objectSha(type, bytes) !== sha) throw new Error(`${type} ${sha} is not what its name says`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.tmp`, deflateSync(Buffer.concat([headerOf(type, bytes), bytes])));
    renameSync(`${file}.tmp`, file);
  }
  written.add(sha);
}

const headerOf = (type: ObjectType, bytes: Buffer) => Buffer.from(`${type} ${bytes.length}\0`);

/** All refs in one packed file, replaced at once; loose ones, left by a push, would hide it. */
function writeRefs(world: World, repo: RepoRow, dir: string): void {
  const refs = world.gh.refs.findBy("repo_id", repo.id).map(({ ref, sha }) => ({ ref, sha }));
  const pulls = world.gh.pullRequests
    .findBy("repo_id", repo.id)
    .map(({ number, head_sha }) => ({ ref: `refs/pull/${number}/head`, sha: head_sha }));
  const lines = [...refs, ...pulls]
    .toSorted((a, b) => (a.ref < b.ref ? -1 : 1))
    .map(({ ref, sha }) => `${sha} ${ref}\n`);
  const file = path.join(dir, "packed-refs");
  writeFileSync(`${file}.tmp`, `# pack-refs with: sorted \n${lines.join("")}`);
  renameSync(`${file}.tmp`, file);
  for (const kind of ["heads", "tags"]) {
    rmSync(path.join(dir, "refs", kind), { recursive: true, force: true });
    mkdirSync(path.join(dir, "refs", kind));
  }
}
