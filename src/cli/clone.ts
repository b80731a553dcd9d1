/** A clone on this machine, read through git alone: nothing is fetched and nothing is checked out. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { FileContent } from "../contract/yaml-document.ts";
import { CountersignError } from "../errors.ts";

const run = promisify(execFile);
const maxBuffer = 256 * 1024 * 1024;

export interface Clone {
  /** The first of these names that the clone knows, as a commit; `null` where it knows none. */
  resolve(...names: readonly string[]): Promise<string | null>;
  /** A file's text at a commit; `null` where there is no such file. */
  file(commit: string, path: string): Promise<string | null>;
  /** All files of a commit below a folder, by path; bytes where the text is not UTF-8. */
  files(commit: string, folder?: string): Promise<Map<string, FileContent>>;
}

/** @throws CountersignError `clone_unreadable` where the folder is no git clone */
export async function openClone(folder: string): Promise<Clone> {
  try {
    await git(folder, ["rev-parse", "--git-dir"]);
  } catch (cause) {
    throw new CountersignError("clone_unreadable", `${folder} is not a git clone.`, {
      hint: "Clone the control repository first: git clone <url>, then name that folder.",
      cause,
    });
  }
  const files = async (commit: string, path: string[]) => {
    const listed = await git(folder, ["ls-tree", "-r", "-z", commit, "--", ...path]);
    const entries = listed.toString("utf8").split("\0").filter(Boolean).map(asEntry);
    const blobs = entries.filter(({ type }) => type === "blob");
    const contents = await readBlobs(
      folder,
      blobs.map(({ sha }) => sha),
    );
    return new Map(blobs.map(({ path: name }, index) => [name, contents[index] ?? ""] as const));
  };
  return {
    async resolve(...names) {
      for (const name of names) {
        try {
          const out = await git(folder, ["rev-parse", "--verify", "--quiet", `${name}^{commit}`]);
          return out.toString("utf8").trim();
        } catch {
          continue;
        }
      }
      return null;
    },
    async file(commit, path) {
      const content = (await files(commit, [path])).get(path);
      return typeof content === "string" ? content : null;
    },
    files: (commit, below) => files(commit, below === undefined ? [] : [below]),
  };
}

function asEntry(line: string): {
  readonly type: string;
  readonly sha: string;
  readonly path: string;
} {
  const [meta = "", path = ""] = line.split("\t");
  const [, type = "", sha = ""] = meta.split(" ");
  return { type, sha, path };
}

/** All blobs through one process: a fleet has thousands of files. */
async function readBlobs(folder: string, shas: readonly string[]): Promise<FileContent[]> {
  if (shas.length === 0) return [];
  const child = run("git", ["-C", folder, "cat-file", "--batch"], {
    encoding: "buffer",
    maxBuffer,
  });
  child.child.stdin?.end(`${shas.join("\n")}\n`);
  const { stdout } = await child;
  const contents: FileContent[] = [];
  let at = 0;
  while (at < stdout.length) {
    const lineEnd = stdout.indexOf(0x0a, at);
    const size = Number(stdout.subarray(at, lineEnd).toString("utf8").split(" ")[2]);
    contents.push(decode(stdout.subarray(lineEnd + 1, lineEnd + 1 + size)));
    at = lineEnd + 1 + size + 1;
  }
  return contents;
}

function decode(bytes: Buffer): FileContent {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes;
  }
}

async function git(folder: string, args: readonly string[]): Promise<Buffer> {
  const { stdout } = await run("git", ["-C", folder, ...args], { encoding: "buffer", maxBuffer });
  return stdout;
}
