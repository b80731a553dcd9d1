/** Git's smart HTTP protocol: `git http-backend` behind the sandbox's front. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { bodyBytes } from "./front.ts";
import { createMirror, type GitMirror } from "./git-mirror.ts";
import { acceptPush, judgePush, pushCommands, refusedAnswer } from "./git-push.ts";
import { mayWrite } from "./permissions.ts";
import type { RepoRow, UserRow } from "./rows.ts";
import { accountOf, type World } from "./world.ts";

const gitPath = /^\/([^/]+\/[^/]+)\.git\/(info\/refs|git-upload-pack|git-receive-pack)$/;

export interface GitHttp {
  /** Whether a URL path is one of git's. */
  serves(path: string): boolean;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  close(): Promise<void>;
}

export function createGitHttp(world: World): GitHttp {
  const root = mkdtempSync(path.join(tmpdir(), "sandbox-github-"));
  const mirrors = new Map<number, GitMirror>();
  const running = new Set<Promise<unknown>>();
  let turn: Promise<unknown> = Promise.resolve();

  function mirrorOf(repo: RepoRow): GitMirror {
    const mirror = mirrors.get(repo.id) ?? createMirror(world, repo, root);
    mirrors.set(repo.id, mirror);
    return mirror;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = await exchangeOf(world, request, mirrorOf);
    if (exchange.kind === "refused") {
      response.writeHead(exchange.status, { "www-authenticate": 'Basic realm="GitHub"' }).end();
      return;
    }
    await exchange.mirror.sync();
    const result = exchange.isPush
      ? await receive(world, root, exchange)
      : await backend(root, exchange);
    response.writeHead(result.status, result.headers).end(result.body);
  }

  return {
    serves: (url) => gitPath.test(url),
    /** One request at a time: a push must not meet refs half written. */
    handle(request, response) {
      const mine = turn.then(() => answer(request, response));
      turn = mine.catch(() => undefined);
      running.add(mine);
      return mine.finally(() => running.delete(mine));
    },
    async close() {
      await Promise.allSettled(running);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

interface Exchange {
  readonly kind: "served";
  readonly repo: RepoRow;
  readonly mirror: GitMirror;
  readonly isPush: boolean;
  readonly actor: UserRow | undefined;
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly body: Buffer;
}

/**
 * Anybody may read: an audit must not need an account. A wrong token is refused all the same, and
 * writing needs one whose owner may write.
 */
async function exchangeOf(
  world: World,
  request: IncomingMessage,
  mirrorOf: (repo: RepoRow) => GitMirror,
): Promise<Exchange | { kind: "refused"; status: number }> {
  const body = await bodyBytes(request);
  const url = new URL(request.url ?? "/", world.origin);
  const name = gitPath.exec(url.pathname)?.[1] ?? "";
  const service = url.searchParams.get("service");
  const writes = url.pathname.endsWith("/git-receive-pack") || service === "git-receive-pack";
  const token = basicPassword(request.headers.authorization);
  const auth = token === undefined ? undefined : world.tokens.get(token);
  if (auth === undefined && (writes || token !== undefined))
    return { kind: "refused", status: 401 };
  const repo = world.gh.repos.findOneBy("full_name", name);
  if (repo === undefined) return { kind: "refused", status: 404 };
  const actor = auth === undefined ? undefined : accountOf(world, auth);
  const byApp = auth?.installation?.permissions["contents"] === "write";
  if (writes && actor !== undefined && !byApp && !mayWrite(world, actor, repo)) {
    return { kind: "refused", status: 403 };
  }
  const isPush = writes && request.method === "POST";
  return { kind: "served", repo, mirror: mirrorOf(repo), isPush, actor, request, url, body };
}

function basicPassword(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const plain = Buffer.from(authorization.replace(/^Basic +/i, ""), "base64").toString();
  return plain.slice(plain.indexOf(":") + 1);
}

interface CgiResult {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

async function receive(world: World, root: string, exchange: Exchange): Promise<CgiResult> {
  const { repo, mirror, actor, body } = exchange;
  const { commands, capabilities } = pushCommands(body);
  if (actor === undefined) throw new Error("a push without an account was let in");
  const verdict = judgePush(world, repo, { actor, commands });
  if (verdict.kind === "refused") {
    const sideBand = capabilities.includes("side-band-64k");
    const headers = { "content-type": "application/x-git-receive-pack-result" };
    const report = refusedAnswer(commands, { reason: verdict.reason, sideBand });
    return { status: 200, headers, body: report };
  }
  const result = await backend(root, exchange, verdict.fastForwardOnly ? fastForwardOnly : {});
  await acceptPush(world, repo, { mirror, actor, commands });
  return result;
}

const fastForwardOnly = {
  GIT_CONFIG_COUNT: "1",
  GIT_CONFIG_KEY_0: "receive.denyNonFastForwards",
  GIT_CONFIG_VALUE_0: "true",
};

let backendPath: string | undefined;

function backend(
  root: string,
  { request, url, body, actor }: Exchange,
  extra: Readonly<Record<string, string>> = {},
): Promise<CgiResult> {
  backendPath ??= path.join(
    execFileSync("git", ["--exec-path"]).toString().trim(),
    "git-http-backend",
  );
  const header = (name: string) => String(request.headers[name] ?? "");
  const env = {
    PATH: process.env["PATH"],
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: "1",
    REQUEST_METHOD: request.method,
    PATH_INFO: decodeURIComponent(url.pathname),
    QUERY_STRING: url.search.slice(1),
    CONTENT_TYPE: header("content-type"),
    CONTENT_LENGTH: String(body.length),
    HTTP_CONTENT_ENCODING: header("content-encoding"),
    GIT_PROTOCOL: header("git-protocol"),
    REMOTE_USER: actor?.login ?? "",
    REMOTE_ADDR: "127.0.0.1",
    ...extra,
  };
  return new Promise((resolve, reject) => {
    const cgi = spawn(backendPath ?? "", { env, stdio: ["pipe", "pipe", "ignore"] });
    const chunks: Buffer[] = [];
    cgi.on("error", reject);
    cgi.stdin.on("error", () => undefined);
    cgi.stdin.end(body);
    cgi.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    cgi.on("close", () => resolve(cgiResult(Buffer.concat(chunks))));
  });
}

function cgiResult(output: Buffer): CgiResult {
  const split = output.indexOf("\r\n\r\n");
  if (split === -1) return { status: 500, headers: {}, body: Buffer.from("git gave no answer") };
  const headers: Record<string, string> = {};
  for (const line of output.subarray(0, split).toString().split("\r\n")) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const { status, ...rest } = headers;
  const code = Number.parseInt(status ?? "200", 10);
  return { status: code, headers: rest, body: output.subarray(split + 4) };
}
