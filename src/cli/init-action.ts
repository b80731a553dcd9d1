/**
 * `countersign init --repository OWNER/NAME`: sets a repository up for the Action, with the token of
 * the person who runs it. Run again it sets what is missing, and touches nothing that is there.
 */
import { readFleetConfig } from "../contract/fleet-config.ts";
import { judgeRun } from "../domain/run-protection.ts";
import { CountersignError } from "../errors.ts";
import { createCommit } from "../github/following.ts";
import { readTip } from "../github/reading.ts";
import { readRunFacts } from "../github/run-protection.ts";
import { logKeyOfText, type NewKeys, newKeys } from "./init.ts";
import {
  type ActionGuard,
  codeOwnersPath,
  codeOwnersText,
  type Member,
  policyText,
  workflowFiles,
} from "./init-files.ts";
import {
  bypassers,
  closeEnvironment,
  findOrMakeRuleset,
  guardAuditBranch,
  hasSecret,
  putInForce,
  putSecret,
  SECRET,
} from "./init-guard.ts";
import { asked, openVoice, type Voice } from "./say-as-person.ts";

export interface InitOptions {
  /** `owner/name`. */
  readonly repository: string;
  readonly operators: readonly string[];
  readonly security: readonly string[];
  /** What a workflow's `uses:` says. */
  readonly uses: string;
  /** The App in whose name a run's token writes. */
  readonly app: number;
}

export interface InitReport {
  readonly set: readonly string[];
  /** What it could not set, and why. */
  readonly missing: readonly string[];
  /** `null` where the repository has its keys already. */
  readonly keys: NewKeys | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Place {
  readonly voice: Voice;
  readonly branch: string;
  readonly tip: string;
  readonly files: ReadonlyMap<string, string | null>;
  readonly options: InitOptions;
  /** GitHub's own time, in milliseconds. */
  readonly now: number;
}

const configPath = "countersign.yml";
/** How long after `init` began its own changes of the ruleset may be dated. */
const settingSeconds = 300;

/** @throws CountersignError `usage`, `github_unreachable` or `github_refused` */
export async function initAction(
  options: InitOptions,
  env: Environment = process.env,
): Promise<InitReport> {
  const { repository } = options;
  refuseOptions(options);
  const voice = await openVoice({ repository, clone: "." }, env);
  const people = await findPeople(voice, options);
  const place = await lookAround(voice, options);
  const isNew = place.files.get(configPath) === null;
  const keys = isNew ? newKeys(voice.id) : null;
  const set: string[] = [];
  const missing: string[] = [];
  const tried = async (what: string, work: () => Promise<string | null>): Promise<void> => {
    const problem = await work().catch((fault: unknown) => wordsOf(fault));
    if (problem === null) set.push(what);
    else missing.push(`${what}: ${problem}`);
  };
  await tried("the environment `countersign`, open to the default branch alone", async () => {
    await closeEnvironment(voice, place.branch);
    return null;
  });
  if (missing.length > 0) return { set, missing: [...missing, noEnvironment], keys: null };
  await tried(`its secret ${SECRET}`, () => keepSeed(place, keys, env));
  const state: { ruleset: number | null } = { ruleset: null };
  await tried("the files of the control repository", () =>
    bringFiles(place, { keys, people }, state),
  );
  await tried("the ruleset of the default branch, in force", () =>
    closeBranch(place, state.ruleset),
  );
  await tried("the ruleset of the audit branch", async () => {
    await guardAuditBranch(voice);
    return null;
  });
  await tried("what a run reads back before it signs", () => readBack(place));
  return { set, missing, keys };
}

const noEnvironment =
  "everything else: a private repository needs a plan of GitHub with environments, and without one nothing keeps the seed from others";

function refuseOptions({ operators, security, repository, uses }: InitOptions): void {
  const problems: string[] = [];
  if (!/^[\w.-]+\/[\w.-]+$/u.test(repository)) problems.push("--repository is no OWNER/NAME");
  if (operators.length === 0) problems.push("--operators names nobody");
  if (security.length === 0) problems.push("--security names nobody");
  const logins = [...operators, ...security];
  const odd = logins.filter((login) => !/^[A-Za-z\d](?:[A-Za-z\d-]{0,38})$/u.test(login));
  for (const login of odd) problems.push(`${JSON.stringify(login)} is no login`);
  if (new Set(logins).size < 2) problems.push("one person cannot approve alone: name at least two");
  if (!/^[\w.-]+\/[\w./-]+@[\w./-]+$/u.test(uses)) problems.push("--uses is no OWNER/NAME@REF");
  if (problems.length > 0) throw usage(problems.join("; "));
}

async function findPeople(
  { client }: Voice,
  { operators, security }: InitOptions,
): Promise<{ readonly operators: readonly Member[]; readonly security: readonly Member[] }> {
  const unknown: string[] = [];
  const find = async (logins: readonly string[]): Promise<Member[]> => {
    const found: Member[] = [];
    for (const username of new Set(logins)) {
      const request = client.rest.users.getByUsername({ username });
      const data = await asked(`find ${username}`, request).then((answer) => answer.data, absent);
      if (data?.type === "User") found.push({ login: data.login, id: data.id });
      else unknown.push(username);
    }
    return found;
  };
  const people = { operators: await find(operators), security: await find(security) };
  if (unknown.length > 0) throw usage(`These are no people on GitHub: ${unknown.join(", ")}`);
  return people;
}

/** Somebody whom GitHub does not know; a GitHub that does not answer stays a fault. */
function absent(fault: unknown): null {
  if (fault instanceof CountersignError && fault.code === "github_refused") return null;
  throw fault;
}

async function lookAround(voice: Voice, options: InitOptions): Promise<Place> {
  const { client, owner, repo } = voice;
  const { data, headers } = await asked(
    "read the repository",
    client.rest.repos.get({ owner, repo }),
  );
  if (data.permissions?.admin !== true) {
    throw new CountersignError("github_refused", `You are no administrator of ${owner}/${repo}.`, {
      hint: "Environments and rulesets are its administrators' to set: ask one to run it.",
    });
  }
  const branch = data.default_branch;
  const tip = await readTip(githubOf(voice, options), branch);
  if (tip === null) throw usage(`${owner}/${repo} has no commit yet: begin it with a README`);
  const wanted = [
    configPath,
    codeOwnersPath,
    ...(await workflowFiles({ branch, uses: options.uses })).keys(),
  ];
  const files = new Map<string, string | null>();
  for (const path of wanted) files.set(path, await fileAt(voice, tip, path));
  const now = Date.parse(headers.date ?? "");
  return { voice, branch, tip, files, options, now: Number.isNaN(now) ? Date.now() : now };
}

async function fileAt(
  { client, owner, repo }: Voice,
  ref: string,
  path: string,
): Promise<string | null> {
  const request = client.rest.repos.getContent({ owner, repo, ref, path });
  const data = await asked(`read ${path}`, request).then((answer) => answer.data, absent);
  if (data === null || Array.isArray(data) || !("content" in data)) return null;
  return Buffer.from(data.content, "base64").toString("utf8");
}

const githubOf = ({ client, owner, repo }: Voice, { app: appId }: InitOptions) => ({
  client,
  owner,
  repo,
  appId,
});

/** @returns what is in the way, or `null` */
async function keepSeed(
  { voice, files }: Place,
  keys: NewKeys | null,
  env: Environment,
): Promise<string | null> {
  if (keys === null && (await hasSecret(voice))) return null;
  if (keys !== null) {
    await putSecret(voice, keys.seed);
    return null;
  }
  const seed = env[SECRET] ?? "";
  const reading = readFleetConfig(files.get(configPath) ?? "");
  const log = reading.kind === "valid" ? reading.config.log?.key : undefined;
  if (seed === "") return `set ${SECRET} to the seed of this repository and run it again`;
  if (log === undefined || logKeyOfText(seed, voice.id) !== log) {
    return `${SECRET} is the seed of another log than the one of ${configPath}`;
  }
  await putSecret(voice, seed);
  return null;
}

interface Wanted {
  readonly keys: NewKeys | null;
  readonly people: Awaited<ReturnType<typeof findPeople>>;
}

/** One commit with what is missing; once the ruleset is in force, people bring it by pull request. */
async function bringFiles(
  place: Place,
  { keys, people }: Wanted,
  state: { ruleset: number | null },
): Promise<string | null> {
  const { voice, branch, options, now } = place;
  const ruleset = await findOrMakeRuleset(voice, options.app);
  state.ruleset = ruleset.id;
  const guard: ActionGuard = {
    ruleset: ruleset.id,
    lookedAt: new Date(now + settingSeconds * 1000).toISOString().replace(/\.\d+/u, ""),
  };
  const all = new Map(await workflowFiles({ branch, uses: options.uses }));
  all.set(codeOwnersPath, codeOwnersText(people.security));
  if (keys !== null) all.set(configPath, policyText({ ...people, keys, guard }));
  const files = new Map([...all].filter(([path]) => place.files.get(path) === null));
  const action = keys === null ? actionProblem(place, guard) : null;
  if (files.size === 0) return action;
  if (ruleset.isActive) return `bring these by a pull request: ${[...files.keys()].join(", ")}`;
  const at = githubOf(voice, options);
  const parent = await readTip(at, branch);
  const commit = await createCommit(at, { parent, files, message: "Set Countersign up" });
  const { client, owner, repo } = voice;
  const move = { owner, repo, ref: `heads/${branch}`, sha: commit, force: false };
  await asked(`commit to ${branch}`, client.rest.git.updateRef(move));
  return action;
}

/** What a countersign.yml that was there before says of the ruleset. */
function actionProblem({ files }: Place, { ruleset, lookedAt }: ActionGuard): string | null {
  const reading = readFleetConfig(files.get(configPath) ?? "");
  if (reading.kind !== "valid") return `${configPath} has errors: countersign policy explain`;
  if (reading.config.action?.ruleset === ruleset) return null;
  return `${configPath} has to say: action: { ruleset: ${ruleset}, lookedAt: "${lookedAt}" }`;
}

async function closeBranch(
  { voice, options }: Place,
  ruleset: number | null,
): Promise<string | null> {
  if (ruleset === null) return "there is none";
  const { isActive } = await findOrMakeRuleset(voice, options.app);
  if (!isActive) await putInForce(voice, ruleset, options.app);
  const count = await bypassers(voice, ruleset);
  return count === 0 ? null : "somebody is on its bypass list, or it cannot be seen: empty it";
}

async function readBack({ voice, branch, options }: Place): Promise<string | null> {
  const at = githubOf(voice, options);
  const tip = await readTip(at, branch);
  const text = tip === null ? null : await fileAt(voice, tip, configPath);
  const reading = readFleetConfig(text ?? "");
  if (reading.kind !== "valid") return `${configPath} has errors`;
  const judged = judgeRun(reading.config, await readRunFacts(at, branch));
  if (judged.kind === "closed") return null;
  return judged.kind === "environment_open" ? judged.reason : judged.openings.join(", ");
}

const wordsOf = (fault: unknown): string =>
  fault instanceof Error ? (fault.message.split("\n")[0] ?? "") : String(fault);

export function describeInit({ set, missing, keys }: InitReport): string {
  const lines = [...set.map((what) => `✓ ${what}`), ...missing.map((what) => `✗ ${what}`)];
  if (keys === null) return lines.join("\n");
  return `${lines.join("\n")}

Two secrets to put in their places. This is the only time you see them.

1. The seed. GitHub has it now and shows it to nobody: keep a copy in a secret manager.
   ${keys.seed}

2. The recovery key: on paper or in a safe. It ends a theft of the seed.
   ${keys.recovery}`;
}

function usage(message: string): CountersignError {
  return new CountersignError("usage", `${message}.`, {
    hint: "countersign init --repository OWNER/NAME --operators LOGIN... --security LOGIN...",
  });
}
