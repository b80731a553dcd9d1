/** A fleet that only runs of the built bundle look after: simulated sites, paired as people do it. */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { readWindow } from "../../src/cli/pair.ts";
import { Bytes32, SiteId } from "../../src/contract/ids.ts";
import { pairingSigner, writePairingString } from "../../src/signing/pairing-text.ts";
import { lockPath, lockText } from "../../sandbox/control-repository.ts";
import { readingTime } from "../../sandbox/until.ts";
import { type Runner, type RunnerOptions, type RunResult, startRunner } from "./action-run.ts";
import { type ActionSite, startActionSite } from "./action-sites.ts";

/** What people do, and the runs that look after it. */
export interface Runs extends Runner {
  /** A run of a mode; one that fails is the caller's to look at. */
  as(mode: string, event: string, env?: Readonly<Record<string, string>>): Promise<RunResult>;
  /** Proposed by the agent and shown by a run: its number. */
  propose(versions: Readonly<Record<string, string>>): Promise<number>;
  /** Approved by olivia and merged; nothing ran yet. */
  merge(pull: number): Promise<void>;
  of(kind: string): Promise<Record<string, unknown>[]>;
  /**
   * What every run so far has written down anywhere: log, outputs, summary, files, and to GitHub. The
   * line that masks the seed is left out.
   */
  written(): string;
}

export interface ActionFleet extends Runs {
  readonly sites: ReadonlyMap<string, ActionSite>;
  /** What went wrong in all that ran so far: empty where nothing was lost, doubled or unrecorded. */
  reckon(): Promise<readonly string[]>;
}

const plugin = "hello-countersign";

export async function startActionFleet(
  names: readonly string[],
  options: Pick<RunnerOptions, "permissions" | "policy"> = {},
): Promise<ActionFleet> {
  const clock = { now: () => Math.floor(Date.now() / 1000) };
  const sites = new Map<string, ActionSite>();
  for (const name of names) {
    const what = { clock, plugin: `plugins/${plugin}`, version: "1.0" };
    sites.set(name, await startActionSite(name, what));
  }
  const urls = Object.fromEntries([...sites].map(([name, { url }]) => [name, url]));
  const runner = await startRunner({ ...options, sites: urls });
  const runs = runsOf(runner);
  await pairAll(runs, sites);
  return {
    ...runs,
    sites,
    reckon: () => reckon(runner, sites),
    async close() {
      await runner.close();
      for (const site of sites.values()) await site.close();
    },
  };
}

export function runsOf(runner: Runner): Runs {
  const { people, packages } = runner;
  const results: RunResult[] = [];
  const fleet: Runs = {
    ...runner,
    as: (mode, event, env = {}) =>
      fleet.run({ env: { INPUT_MODE: mode, GITHUB_EVENT_NAME: event, ...env } }),
    async run(given) {
      const result = await runner.run(given);
      results.push(result);
      return result;
    },
    written: () =>
      [
        JSON.stringify(results).replaceAll(/::add-mask::[\w-]*/gu, ""),
        filesBelow(runner.folder),
        ...runner.github.requests.map(({ path: asked, body }) => asked + body),
      ].join("\n"),
    async propose(versions) {
      const wanted = Object.entries(versions);
      const branch = `bring-${wanted.map((one) => one.join("-")).join("-")}`;
      const files: Record<string, string> = {};
      for (const [site, version] of wanted) {
        const lock = packages.find(plugin, version);
        files[lockPath(lock)] = lockText(lock);
        const text = await people.file(`sites/${site}.yml`);
        files[`sites/${site}.yml`] = text.replace(/version: "[\d.]+"/u, `version: "${version}"`);
      }
      const title = `Bring ${branch}`;
      const pull = await people.propose("update-agent", { branch, files, message: title, title });
      mustEnd(await fleet.as("review", "pull_request_target"));
      return pull;
    },
    async merge(pull) {
      await readingTime();
      const approved = await people.approve("olivia", pull);
      const merged = await people.merge("ada", pull);
      if (approved.status > 299 || merged.status > 299)
        throw new Error(`#${pull}: ${merged.message}`);
    },
    of: async (kind) => (await runner.lines()).filter((line) => line["kind"] === kind),
  };
  return fleet;
}

/** The only open proposal, which takes something back: its number. */
export async function openRevert({ people }: Runs): Promise<number> {
  const open = await people.ask<{ number: number; title: string }[]>("ada", "GET", "/pulls");
  const [revert] = open;
  if (open.length === 1 && revert?.title.includes("Revert") === true) return revert.number;
  throw new Error(`no single revert is open: ${open.map(({ title }) => title).join(", ")}`);
}

export function mustEnd(result: RunResult): RunResult {
  if (result.code !== 0) throw new Error(`the run ended with ${result.code}:\n${result.log}`);
  return result;
}

/** Windows, tokens that people carry, the proposal that a run opens and reviews, and its merge. */
export async function pairAll(
  fleet: Runs,
  sites: ReadonlyMap<string, Pick<ActionSite, "url" | "paste">>,
): Promise<void> {
  const { people } = fleet;
  const issue = await people.ask<{ number: number }>("sam", "POST", "/issues", { title: "Pair" });
  const secrets = new Map<string, Buffer>();
  const said = new Map<string, number>();
  for (const name of sites.keys()) {
    const secret = randomBytes(16);
    secrets.set(name, secret);
    const { x } = pairingSigner(secret, `site:${name}`);
    said.set(name, await people.say("sam", issue.number, `/countersign pair ${name} ${x}`));
  }
  mustEnd(await fleet.as("review", "issue_comment"));
  const answers = await people.comments(issue.number);
  for (const [name, site] of sites) {
    const answer = answers.find((body) => body.includes(`:answer ${said.get(name)} `)) ?? "";
    const window = readWindow(answer, {
      repo: fleet.github.repoId,
      site: SiteId.parse(name),
      log: Bytes32.parse(fleet.keys.logKey),
    });
    if (window === null) throw new Error(`no window for ${name}: ${answer}`);
    const s = secrets.get(name)?.toString("base64url") ?? "";
    const token = await site.paste(
      writePairingString({ ...window.offer, home: site.url, s, url: "" }),
    );
    await people.say("sam", issue.number, `/countersign pair ${name} ${token}`);
  }
  mustEnd(await fleet.as("review", "issue_comment"));
  const open = await people.ask<{ number: number; head: { ref: string } }[]>(
    "ada",
    "GET",
    "/pulls",
  );
  const pull = open.find(({ head }) => head.ref.startsWith("countersign/pairing-"));
  if (pull === undefined) throw new Error("no pairing proposal was opened");
  if ((await people.checks(pull.number)).size !== 3) throw new Error("it was not reviewed");
  await readingTime();
  await people.approve("sven", pull.number);
  await fleet.merge(pull.number);
  mustEnd(await fleet.as("apply", "push"));
}

/** Held against what the sites themselves know. */
async function reckon(
  runner: Runner,
  sites: ReadonlyMap<string, ActionSite>,
): Promise<readonly string[]> {
  const { people, github } = runner;
  const entries = await runner.lines();
  const of = (kind: string) => entries.filter((entry) => entry["kind"] === kind);
  const subs = (kind: string) => of(kind).map(({ sub }) => String(sub));
  const sent = new Set(of("sent").map(({ token }) => token));
  const receipts = subs("receipt");
  const problems: string[] = [];
  for (const sub of subs("authorised")) {
    if (!receipts.includes(sub)) problems.push(`${sub} has no end`);
  }
  for (const [name, { site }] of sites) {
    for (const token of site.tokens) {
      if (!sent.has(token)) problems.push(`${name} got ${token}, which is not on record`);
    }
    for (const sub of twice(site.ran)) problems.push(`${name} ran ${sub} twice`);
  }
  const once = {
    authorised: subs("authorised"),
    receipt: receipts,
    range: of("range").map(({ to }) => to),
  };
  for (const [what, names] of Object.entries(once)) {
    for (const name of twice(names)) problems.push(`${what} ${String(name)} is there twice`);
  }
  const told = await people.ask<{ payload: { key: string } }[]>(
    "ada",
    "GET",
    "/deployments?per_page=100",
  );
  const issues = await people.ask<{ number: number; title: string }[]>(
    "ada",
    "GET",
    "/issues?labels=countersign-incident&state=all",
  );
  const known = new Set(of("incident").map(({ issue }) => issue));
  for (const { number, title } of issues) {
    if (!known.has(number)) problems.push(`${title} is not on record`);
  }
  const deployed = new Set(told.map(({ payload }) => payload.key));
  for (const sub of receipts) if (!deployed.has(sub)) problems.push(`${sub} was not told`);
  const forged = github.requests.filter(({ status }) => status === 401);
  return [...problems, ...forged.map(({ path: asked }) => `${asked} was asked without a token`)];
}

const twice = <T>(names: readonly T[]): T[] =>
  names.filter((name, index) => names.indexOf(name) !== index);

/** The bytes of every file that a runner would find, killed runs' databases among them. */
function filesBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".js"))
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "latin1"))
    .join("");
}
