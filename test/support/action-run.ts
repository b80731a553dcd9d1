/** The built bundle as a runner starts it, on the sandbox's GitHub. */
import { spawn } from "node:child_process";
import { createPrivateKey, createSign } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type NewKeys, newKeys } from "../../src/cli/init.ts";
import { buildAction } from "../../scripts/build-action.ts";
import { lockPath, lockText, policyText, siteText } from "../../sandbox/control-repository.ts";
import { type PersonName, requiredChecks } from "../../sandbox/github/seed.ts";
import { type SandboxGitHub, startGitHub } from "../../sandbox/github/start.ts";
import { type PackageServer, startPackageServer } from "../../sandbox/packages/server.ts";
import { People } from "../../sandbox/people.ts";
import "./shifted-clock.ts";
import type { Clock } from "../../src/workflow/ports.ts";

export interface RunResult {
  readonly code: number | null;
  readonly signal: string | null;
  readonly log: string;
  readonly summary: string;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface Runner {
  readonly github: SandboxGitHub;
  readonly packages: PackageServer;
  readonly people: People;
  readonly keys: NewKeys;
  /** What the runner's folder for temporary files holds when no step runs. */
  readonly folder: string;
  /** How far everybody's clock is ahead: tests move it. */
  readonly clock: Clock & { ahead: number };
  run(given?: {
    readonly payload?: unknown;
    readonly env?: Environment;
    /** Is told how to end it. */
    readonly onStart?: ((kill: (signal: NodeJS.Signals) => void) => void) | undefined;
  }): Promise<RunResult>;
  /** What any workflow of the repository can do: a comment in the name of the run's own App. */
  forge(issue: number, body: string): Promise<number>;
  lines(): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}
type Environment = Readonly<Record<string, string>>;

/** What a run's token may do under the workflows of docs/examples/workflows. */
export const permissions = {
  actions: "read",
  checks: "write",
  contents: "write",
  deployments: "write",
  issues: "write",
  metadata: "read",
  pull_requests: "write",
};

type Addresses = Readonly<Record<string, string>>;

export interface RunnerOptions {
  /** `nothing`: an empty repository that nobody has set up. */
  readonly setUp?: "all" | "nothing";
  readonly permissions?: Environment;
  /** Further lines of countersign.yml. */
  readonly policy?: string;
  /** Addresses by site, which may need to know where packages are; one that nobody reaches unless given. */
  readonly sites?: Addresses | ((packages: PackageServer) => Promise<Addresses>);
}

/** As the sandbox's policy, but for roles: a run's token cannot read an organisation's teams. */
function policyOf(github: SandboxGitHub, keys: NewKeys, { origin }: PackageServer): string {
  const users = (...names: readonly PersonName[]) =>
    `users: [${names.map((login) => `{ login: ${login}, id: ${github.people[login].id} }`).join(", ")}]`;
  return policyText(github, keys, origin)
    .replace("teams: [acme/ops]", users("olivia", "omar"))
    .replace("teams: [acme/security]", users("sam", "sven"));
}

async function sitesOf(
  given: RunnerOptions["sites"] = { shop: "http://127.0.0.1:9" },
  packages: PackageServer,
): Promise<Record<string, string>> {
  const sites = typeof given === "function" ? await given(packages) : given;
  const texts = Object.entries(sites).map(([id, url]) => [
    `sites/${id}.yml`,
    siteText({ id, url, version: "1.0" }),
  ]);
  return Object.fromEntries(texts);
}

/** A fleet whose administrators set everything as the documentation says. */
export async function startRunner(given: RunnerOptions = {}): Promise<Runner> {
  const github = await startGitHub({
    files: { "README.md": "The fleet of Acme.\n" },
    permissions: given.permissions ?? permissions,
  });
  const packages = await startPackageServer();
  const people = new People(github);
  const keys = newKeys(github.repoId);
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-action-"));
  if (given.setUp !== "nothing") await setUp({ github, people, packages, keys }, given);
  const bundle = await buildAction(path.join(folder, "dist"));
  return {
    github,
    packages,
    people,
    keys,
    folder,
    clock: movedClock,
    run: async ({ payload = {}, env = {}, onStart } = {}) =>
      runBundle(
        bundle,
        {
          PATH: process.env["PATH"] ?? "",
          ...environmentOf(github, folder, payload),
          INPUT_SEED: keys.seed,
          INPUT_TOKEN: await installationToken(github),
          INPUT_APP: String(github.appId),
          [shiftName]: String(movedClock.ahead),
          NODE_OPTIONS: `--import ${shiftedClock}`,
          ...env,
        },
        onStart,
      ),
    async forge(issue, body) {
      const { status } = await fetch(
        `${github.apiUrl}/repos/${github.owner}/${github.repo}/issues/${issue}/comments`,
        {
          method: "POST",
          headers: {
            authorization: `Bearer ${await installationToken(github)}`,
            "content-type": "application/json",
          },
          body: JSON.stringify({ body }),
        },
      );
      return status;
    },
    async lines() {
      const text = await people.file("tiles/000/000.jsonl", "countersign/audit");
      return text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    async close() {
      delete process.env[shiftName];
      await packages.close();
      await github.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function setUp(
  { github, people, packages, keys }: Pick<Runner, "github" | "people" | "packages" | "keys">,
  given: RunnerOptions,
): Promise<void> {
  const sites = await sitesOf(given.sites, packages);
  const ruleset = await protect(people);
  const lock = packages.find("hello-countersign", "1.0");
  await people.commit("ada", {
    branch: "main",
    message: "Describe the fleet",
    files: {
      "countersign.yml": `${policyOf(github, keys, packages)}${given.policy ?? ""}action: { ruleset: ${ruleset.id}, lookedAt: "${new Date(Date.now() + 3000).toISOString()}" }\n`,
      CODEOWNERS: "* @olivia\n/.github/ @sam @sven\n/CODEOWNERS @sam @sven\n",
      [lockPath(lock)]: lockText(lock),
      ...sites,
    },
  });
  await people.ask("ada", "PUT", `/rulesets/${ruleset.id}`, { enforcement: "active" });
}

export const rules = (over: Readonly<Record<string, unknown>> = {}) => [
  {
    type: "pull_request",
    parameters: {
      require_code_owner_review: true,
      dismiss_stale_reviews_on_push: true,
      require_last_push_approval: true,
      ...over,
    },
  },
  { type: "non_fast_forward" },
  { type: "deletion" },
  {
    type: "required_status_checks",
    parameters: { required_status_checks: requiredChecks.map((context) => ({ context })) },
  },
];

const shiftName = "COUNTERSIGN_TEST_SHIFT";
const shiftedClock = pathToFileURL(path.resolve(import.meta.dirname, "shifted-clock.ts")).href;

/** The time of everybody here: GitHub's, the sites' and the runs'. */
const movedClock: Runner["clock"] = {
  get ahead() {
    return Number(process.env[shiftName] ?? 0);
  },
  set ahead(seconds) {
    process.env[shiftName] = String(seconds);
  },
  now: () => Math.floor(Date.now() / 1000),
};

/** Not in force yet: the first commit names the ruleset. */
function protect(people: People): Promise<{ id: number }> {
  const environment = "/environments/countersign";
  const chosen = { protected_branches: false, custom_branch_policies: true };
  return people
    .ask("ada", "PUT", environment, { deployment_branch_policy: chosen })
    .then(() =>
      people.ask("ada", "POST", `${environment}/deployment-branch-policies`, { name: "main" }),
    )
    .then(() =>
      people.ask("ada", "POST", "/rulesets", {
        name: "countersign",
        target: "branch",
        enforcement: "disabled",
        rules: rules(),
      }),
    );
}

function environmentOf(github: SandboxGitHub, folder: string, payload: unknown): Environment {
  const event = path.join(folder, "event.json");
  writeFileSync(event, JSON.stringify(payload));
  const where = `${github.owner}/${github.repo}`;
  return {
    GITHUB_ACTIONS: "true",
    GITHUB_API_URL: github.apiUrl,
    GITHUB_EVENT_NAME: "workflow_dispatch",
    GITHUB_EVENT_PATH: event,
    GITHUB_REF: "refs/heads/main",
    GITHUB_REPOSITORY: where,
    GITHUB_WORKFLOW_REF: `${where}/.github/workflows/countersign.yml@refs/heads/main`,
    RUNNER_TEMP: folder,
  };
}

/** @param granted fewer permissions than the workflows of docs/examples/workflows ask for */
export async function installationToken(
  github: SandboxGitHub,
  granted?: Environment,
): Promise<string> {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const claims = { iat: now - 10, exp: now + 500, iss: String(github.appId) };
  const signed = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
  const key = createPrivateKey(github.privateKey);
  const signature = createSign("RSA-SHA256").update(signed).sign(key, "base64url");
  const response = await fetch(
    `${github.apiUrl}/app/installations/${github.installationId}/access_tokens`,
    {
      method: "POST",
      headers: { authorization: `Bearer ${signed}.${signature}` },
      ...(granted === undefined ? {} : { body: JSON.stringify({ permissions: granted }) }),
    },
  );
  const { token } = (await response.json()) as { token: string };
  return token;
}

let runs = 0;

async function runBundle(
  bundle: string,
  env: Environment,
  onStart: (kill: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<RunResult> {
  runs += 1;
  const files = { output: `${bundle}.${runs}.out`, summary: `${bundle}.${runs}.md` };
  for (const file of Object.values(files)) writeFileSync(file, "");
  const child = spawn(process.execPath, [bundle], {
    env: { ...env, GITHUB_OUTPUT: files.output, GITHUB_STEP_SUMMARY: files.summary },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onStart((signal) => void child.kill(signal));
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (log += text));
  }
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on("close", (...ended) => resolve(ended));
  });
  const read = (file: string) => (existsSync(file) ? readFileSync(file, "utf8") : "");
  return {
    code,
    signal,
    log,
    summary: read(files.summary),
    outputs: outputsIn(read(files.output)),
  };
}

/** `name<<delimiter`, the value, and the delimiter again. */
function outputsIn(text: string): Record<string, string> {
  const found = text.matchAll(/^(\w+)<<(\S+)\n([\s\S]*?)\n\2$/gmu);
  return Object.fromEntries([...found].map(([, name = "", , value = ""]) => [name, value]));
}
