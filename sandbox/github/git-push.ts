/**
 * A push over git: who may move which ref is decided on the commands at the head of the request;
 * git itself takes the objects; the store then moves its refs, so that events and activity follow.
 */
import type { GitMirror, GitObject } from "./git-mirror.ts";
import { storeBlob, storeCommitAs, storeTreeObject } from "./objects.ts";
import { bindingRule, pushRefusal } from "./protection.ts";
import { moveRef } from "./refs.ts";
import type { RepoRow, TreeEntry, UserRow } from "./rows.ts";
import { type World, zeroSha } from "./world.ts";

export interface PushCommand {
  readonly before: string;
  readonly after: string;
  readonly ref: string;
}

/** The commands of a `git-receive-pack` request: pkt-lines up to the first flush. */
export function pushCommands(request: Buffer): { commands: PushCommand[]; capabilities: string } {
  const commands: PushCommand[] = [];
  let capabilities = "";
  for (let at = 0; at + 4 <= request.length;) {
    const length = Number.parseInt(request.toString("latin1", at, at + 4), 16);
    if (!(length > 4)) break;
    const [line = "", extra = ""] = request.toString("utf8", at + 4, at + length).split("\0");
    capabilities ||= extra;
    const [before, after, ref] = line.trimEnd().split(" ");
    if (before !== undefined && after !== undefined && ref !== undefined) {
      commands.push({ before, after, ref });
    }
    at += length;
  }
  return { commands, capabilities };
}

export type PushVerdict =
  | { readonly kind: "refused"; readonly reason: string }
  /** Whether descent matters is the rule's word; what descends from what, git tells. */
  | { readonly kind: "allowed"; readonly fastForwardOnly: boolean };

/** What the protection of branches says to a push, before its objects are known. */
export function judgePush(
  world: World,
  repo: RepoRow,
  { actor, commands }: { actor: UserRow; commands: readonly PushCommand[] },
): PushVerdict {
  let fastForwardOnly = false;
  for (const { ref, after } of commands) {
    const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
    const rule = branch === undefined ? undefined : bindingRule(world, repo, { branch, actor });
    if (rule === undefined) continue;
    const refusal = pushRefusal(world, repo, { rule, after });
    if (refusal !== undefined) {
      return { kind: "refused", reason: `protected branch hook declined: ${refusal}` };
    }
    fastForwardOnly ||= !rule.allow_force_pushes;
  }
  return { kind: "allowed", fastForwardOnly };
}

/** A `report-status` answer that refuses every command. */
export function refusedAnswer(
  commands: readonly PushCommand[],
  { reason, sideBand }: { reason: string; sideBand: boolean },
): Buffer {
  const lines = ["unpack ok\n", ...commands.map(({ ref }) => `ng ${ref} ${reason}\n`)];
  const report = Buffer.concat([...lines.map((line) => packet(Buffer.from(line))), flush]);
  if (!sideBand) return report;
  return Buffer.concat([packet(Buffer.concat([Buffer.from([1]), report])), flush]);
}

const flush = Buffer.from("0000");

const packet = (content: Buffer) =>
  Buffer.concat([Buffer.from((content.length + 4).toString(16).padStart(4, "0")), content]);

/** Takes into the store what git received, and moves the refs that git moved. */
export async function acceptPush(
  world: World,
  repo: RepoRow,
  push: { mirror: GitMirror; actor: UserRow; commands: readonly PushCommand[] },
): Promise<void> {
  const { mirror, actor, commands } = push;
  const accepted: PushCommand[] = [];
  for (const command of commands) {
    const now = await mirror.git("for-each-ref", "--format=%(objectname)", command.ref);
    if ((now.toString().trim() || zeroSha) === command.after) accepted.push(command);
  }
  const tips = accepted.map(({ after }) => after).filter((sha) => sha !== zeroSha);
  if (tips.length > 0) await importObjects(world, repo, { mirror, tips });
  for (const command of accepted) moveRef(world, repo, { ...command, actor });
}

async function importObjects(
  world: World,
  repo: RepoRow,
  { mirror, tips }: { mirror: GitMirror; tips: readonly string[] },
): Promise<void> {
  const known = world.gh.refs.findBy("repo_id", repo.id).map(({ sha }) => `^${sha}`);
  const listed = await mirror.git("rev-list", "--objects", "--no-object-names", ...tips, ...known);
  const shas = listed.toString().split("\n").filter(Boolean);
  for (const object of await mirror.objects(shas)) importObject(world, repo, object);
}

function importObject(world: World, repo: RepoRow, { sha, type, bytes }: GitObject): void {
  if (type === "blob") storeBlob(world, repo, bytes);
  else if (type === "tree") storeTreeObject(world, repo, parseTree(bytes));
  else if (type === "commit") storeCommitAs(world, repo, sha, parseCommit(bytes.toString()));
}

function parseTree(bytes: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, space);
    const mode = bytes.toString("latin1", at, space).padStart(6, "0");
    const sha = bytes.toString("hex", end + 1, end + 21);
    const type = mode === "040000" ? "tree" : mode === "160000" ? "commit" : "blob";
    entries.push({ path: bytes.toString("utf8", space + 1, end), mode, type, sha });
    at = end + 21;
  }
  return entries;
}

function parseCommit(text: string) {
  const split = text.indexOf("\n\n");
  const headers = text.slice(0, split).split("\n");
  const values = (name: string) =>
    headers
      .filter((line) => line.startsWith(`${name} `))
      .map((line) => line.slice(name.length + 1));
  const author = parseIdentity(values("author")[0] ?? "");
  const committer = parseIdentity(values("committer")[0] ?? "");
  return {
    message: text.slice(split + 2).replace(/\n$/, ""),
    author_name: author.name,
    author_email: author.email,
    author_date: author.date,
    committer_name: committer.name,
    committer_email: committer.email,
    committer_date: committer.date,
    tree_sha: values("tree")[0] ?? "",
    parent_shas: values("parent"),
    user_id: null,
  };
}

function parseIdentity(line: string): { name: string; email: string; date: string } {
  const [, name = "", email = "", seconds = "0"] = /^(.*) <(.*)> (\d+) /.exec(line) ?? [];
  return { name, email, date: new Date(Number(seconds) * 1000).toISOString() };
}
