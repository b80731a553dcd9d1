/** Clients and shortcuts for the tests of the sandbox's GitHub. */
import { createSign } from "node:crypto";
import { createServer } from "node:http";
import { Octokit } from "@octokit/rest";
import type { PersonName } from "../../sandbox/github/seed.ts";
import type { SandboxGitHub } from "../../sandbox/github/start.ts";

export const fleet = { owner: "acme", repo: "fleet" };
export const files = { "countersign.yml": "version: 1\n", "sites/shop.yml": "a\nb\nc\nd\ne\n" };

export const quiet = { debug() {}, info() {}, warn() {}, error() {} };

export const person = (github: SandboxGitHub, login: PersonName) =>
  new Octokit({ auth: github.people[login].token, baseUrl: github.apiUrl, log: quiet });

/** The App's client, with an installation token that GitHub issued for its JWT. */
export async function installation(github: SandboxGitHub): Promise<Octokit> {
  const app = new Octokit({ auth: jwt(github), baseUrl: github.apiUrl, log: quiet });
  const installation_id = github.installationId;
  const { data } = await app.rest.apps.createInstallationAccessToken({ installation_id });
  return new Octokit({ auth: data.token, baseUrl: github.apiUrl, log: quiet });
}

export function jwt({ appId, privateKey }: SandboxGitHub): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iat: now - 30, exp: now + 300, iss: String(appId) };
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
  const signature = createSign("RSA-SHA256").update(text).sign(privateKey, "base64url");
  return `${text}.${signature}`;
}

/** Commits one file to a branch, which is made from main when it is new. Returns the head. */
export async function commitFile(
  client: Octokit,
  branch: string,
  file: { path: string; text: string },
): Promise<string> {
  const ref = `heads/${branch}`;
  const known = await client.rest.git.getRef({ ...fleet, ref }).catch(() => undefined);
  if (known === undefined) {
    const { data } = await client.rest.git.getRef({ ...fleet, ref: "heads/main" });
    await client.rest.git.createRef({ ...fleet, ref: `refs/${ref}`, sha: data.object.sha });
  }
  const { path } = file;
  const old = await client.rest.repos
    .getContent({ ...fleet, path, ref: branch })
    .catch(() => undefined);
  const sha = old !== undefined && "sha" in old.data ? { sha: old.data.sha } : {};
  const content = Buffer.from(file.text).toString("base64");
  const message = `Change ${path}`;
  const { data } = await client.rest.repos.createOrUpdateFileContents({
    ...fleet,
    path,
    branch,
    message,
    content,
    ...sha,
  });
  return data.commit.sha!;
}

export async function openPull(
  client: Octokit,
  branch: string,
  file: { path: string; text: string },
) {
  await commitFile(client, branch, file);
  const wanted = { ...fleet, title: `Change ${branch}`, head: branch, base: "main" };
  return (await client.rest.pulls.create(wanted)).data;
}

export const checkNames = ["countersign/policy", "countersign/rollback", "countersign/approvals"];

export async function passChecks(app: Octokit, head_sha: string, names = checkNames) {
  for (const name of names) {
    const done = { status: "completed", conclusion: "success" } as const;
    await app.rest.checks.create({ ...fleet, name, head_sha, ...done });
  }
}

export const tipOf = async (client: Octokit, branch: string) =>
  (await client.rest.git.getRef({ ...fleet, ref: `heads/${branch}` })).data.object.sha;

export async function textOf(client: Octokit, path: string, ref: string): Promise<string> {
  const { data } = await client.rest.repos.getContent({ ...fleet, path, ref });
  if (!("content" in data)) throw new Error(`${path} is no file`);
  return Buffer.from(data.content, "base64").toString();
}

/** The status of a request that GitHub refuses, with what it says. */
export async function refusal(
  request: Promise<unknown>,
): Promise<{ status: number; says: string }> {
  const error: unknown = await request.then(
    () => new Error("it was not refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error) || !("status" in error)) throw error;
  return { status: Number(error.status), says: error.message };
}

export interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A receiver of webhooks; `close` leaves no socket. */
export async function receiver() {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${address.port}/hook`, received, close };
}
