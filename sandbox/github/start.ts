/** A GitHub on loopback, for the demo and the acceptance tests. */
import { randomBytes } from "node:crypto";
import { installAccess } from "./access.ts";
import { installActivity } from "./activity.ts";
import { installAppCommits } from "./app-commits.ts";
import { installChecks, pressButton, rerun } from "./checks.ts";
import { installComments } from "./comments.ts";
import { installDeployments } from "./deployments.ts";
import { bootEmulator, type Internals } from "./emulator.ts";
import { dispatchOf } from "./events.ts";
import {
  answerThrough,
  createFront,
  type FaultRule,
  type Front,
  listen,
  type RecordedRequest,
} from "./front.ts";
import { installEnvironments } from "./environments.ts";
import { installGranted } from "./granted.ts";
import { installGraphql } from "./graphql.ts";
import { createGitHttp } from "./git-http.ts";
import { installMerge } from "./merge.ts";
import { installPeople } from "./people.ts";
import { installProtection } from "./protection-routes.ts";
import { installPulls, setDraft } from "./pulls.ts";
import { installRefs } from "./refs.ts";
import { installRequestedReviewers } from "./requested-reviewers.ts";
import { installReviews } from "./reviews.ts";
import { installRulesets } from "./rulesets.ts";
import {
  appPermissions,
  emulatorSeed,
  forEverybody,
  type PersonName,
  type Protection,
  seedAccounts,
  seedRepository,
  separateIds,
} from "./seed.ts";
import { installTeams } from "./teams.ts";
import { installTimeline } from "./timeline.ts";
import { createWebhooks, type Delivery, type LosePredicate } from "./webhooks.ts";
import { pullNumbered, repoNamed, userNamed, type World } from "./world.ts";

export interface GitHubOptions {
  /** The initial commit of `acme/fleet`. */
  readonly files: Readonly<Record<string, string>>;
  /** Whom the rule for the default branch binds; `owners_bypass` unless given. */
  readonly protection?: Protection;
  /** What the App's installation may do; all that the App asks for unless given. */
  readonly permissions?: Readonly<Record<string, string>>;
}

export interface Person {
  readonly id: number;
  readonly login: string;
  readonly token: string;
}

export interface Answer<T> {
  readonly status: number;
  readonly data: T;
  readonly headers: Headers;
}

/** A request in somebody's name. What the answer holds is the caller's claim. */
export type Requester = <T = unknown>(
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
) => Promise<Answer<T>>;

export interface Repository {
  readonly name: string;
  readonly id: number;
  readonly gitUrl: string;
}

export interface SandboxGitHub {
  /** What the App gets as `GITHUB_API_URL`. */
  readonly apiUrl: string;
  /** Where `acme/fleet` is cloned from; reading needs no token. */
  readonly gitUrl: string;
  readonly owner: string;
  readonly repo: string;
  readonly repoId: number;
  readonly appId: number;
  readonly installationId: number;
  readonly privateKey: string;
  readonly people: Readonly<Record<PersonName, Person>>;
  /** Every webhook, in the order of events, sent or not. */
  readonly deliveries: readonly Readonly<Delivery>[];
  /** Every API request from outside, in order, without git's. */
  readonly requests: readonly Readonly<RecordedRequest>[];
  /** The secrets of environments, as a workflow that may use them gets them. */
  readonly secrets: ReadonlyMap<string, string>;
  as(login: PersonName): Requester;
  /** The clone URL with a person's token in it, for pushes. */
  gitUrlAs(login: PersonName): string;
  setWebhook(url: string, secret: string): void;
  redeliver(delivery: Readonly<Delivery>): Promise<Readonly<Delivery>>;
  dropNext(count: number): void;
  dropWhen(lose: LosePredicate | undefined): void;
  /** Answers requests otherwise than they deserve, until called again with `undefined`. */
  setFault(rule: FaultRule | undefined): void;
  /**
   * Resolves once no webhook is on its way, no request is being answered, and nothing came for
   * `quietMs`. @throws the first error in building an event.
   */
  settled(quietMs?: number): Promise<void>;
  /** A person presses a button of a check run. */
  clickAction(checkRunId: number, identifier: string, login: PersonName): void;
  /** A person presses *Re-run* at a check run. */
  clickRerun(checkRunId: number, login: PersonName): void;
  convertToDraft(pull: number, login: PersonName): void;
  markReady(pull: number, login: PersonName): void;
  /** The head of a proposal is a fork's from now on. */
  moveToFork(pull: number, fork: Repository): void;
  /** Another private repository with the same teams, where the App is installed too. */
  addRepository(name: string, files: Readonly<Record<string, string>>): Repository;
  close(): Promise<void>;
}

const [org, fleet] = ["acme", "fleet"];
const [appId, installationId] = [12_345, 777];
let started = 0;

/** Several may run side by side in one process: their ids differ, and nothing is shared. */
export async function startGitHub(options: GitHubOptions): Promise<SandboxGitHub> {
  started += 1;
  const firstId = started * 1000;
  const server = await listen();
  try {
    const app = { id: appId, slug: "countersign", name: "Countersign", installationId };
    const tokens = newTokens();
    const permissions = options.permissions ?? appPermissions;
    let world: World | undefined;
    const privateKey = await bootEmulator({
      origin: server.origin,
      seed: emulatorSeed({ org, app }, tokens, permissions),
      overlay(internals) {
        separateIds(internals.gh, firstId);
        world = worldOf(internals, { origin: server.origin, app });
        installAll(world);
        return dispatchOf(world);
      },
    });
    if (world === undefined) throw new Error("the emulator never registered its plugin");
    seedAccounts(world);
    const { files, protection = "owners_bypass" } = options;
    const { id: repoId } = seedRepository(world, fleet, { files, protection });
    return assemble(world, { server, privateKey, repoId, tokens, protection });
  } catch (error) {
    await server.close();
    throw error;
  }
}

function newTokens(): Record<PersonName, string> {
  return forEverybody(() => `ghp_${randomBytes(18).toString("hex")}`);
}

function worldOf(internals: Internals, known: Pick<World, "origin" | "app">): World {
  return {
    ...internals,
    ...known,
    org,
    reader: "ada",
    webhooks: createWebhooks(known.app.id),
    activity: [],
    signed: new Set(),
    landed: new Map(),
    annotations: new Map(),
    buttons: new Map(),
    editedFrom: new Map(),
    secrets: new Map(),
  };
}

function installAll(world: World): void {
  const concerns = [
    installAccess,
    installGranted,
    installAppCommits,
    installRefs,
    installActivity,
    installPeople,
    installTeams,
    installRequestedReviewers,
    installPulls,
    installMerge,
    installProtection,
    installReviews,
    installTimeline,
    installChecks,
    installComments,
    installDeployments,
    installEnvironments,
    installRulesets,
    installGraphql,
  ];
  for (const install of concerns) install(world);
}

interface Parts {
  readonly server: Awaited<ReturnType<typeof listen>>;
  readonly privateKey: string;
  readonly repoId: number;
  readonly tokens: Readonly<Record<PersonName, string>>;
  readonly protection: Protection;
}

function assemble(world: World, parts: Parts): SandboxGitHub {
  const { server, privateKey, repoId, tokens, protection } = parts;
  const { origin, webhooks } = world;
  const front = createFront(world);
  const git = createGitHttp(world);
  const fleetRow = repoNamed(world, `${org}/${fleet}`);
  const gitUrl = `${origin}/${org}/${fleet}.git`;
  server.setHandler((request, response) => {
    const { pathname } = new URL(request.url ?? "/", origin);
    if (git.serves(pathname)) return git.handle(request, response);
    return answerThrough(front, origin, { request, response });
  });
  const pullOf = (number: number) => {
    const pull = pullNumbered(world, fleetRow, number);
    if (pull === undefined) throw new Error(`there is no pull request ${number}`);
    return { repo: fleetRow, pull };
  };
  const draft = (number: number, login: PersonName, isDraft: boolean) =>
    setDraft(world, { ...pullOf(number), actor: userNamed(world, login) }, isDraft);
  return {
    apiUrl: origin,
    gitUrl,
    owner: org,
    repo: fleet,
    repoId,
    appId,
    installationId,
    privateKey,
    people: peopleOf(world, tokens),
    deliveries: webhooks.deliveries,
    requests: front.requests,
    secrets: world.secrets,
    as: (login) => requester(front, origin, tokens[login]),
    gitUrlAs: (login) => gitUrl.replace("://", `://${login}:${tokens[login]}@`),
    setWebhook: (url, secret) => webhooks.setTarget(url, secret),
    redeliver: (delivery) => webhooks.redeliver(delivery),
    dropNext: (count) => webhooks.dropNext(count),
    dropWhen: (lose) => webhooks.dropWhen(lose),
    setFault: (rule) => front.setFault(rule),
    settled: (quietMs = 150) => settled(world, front, quietMs),
    clickAction: (id, identifier, login) => pressButton(world, fleetRow, { id, identifier, login }),
    clickRerun: (id, login) => rerun(world, fleetRow, { id, login }),
    convertToDraft: (pull, login) => draft(pull, login, true),
    markReady: (pull, login) => draft(pull, login, false),
    moveToFork: (number, { id }) =>
      void world.gh.pullRequests.update(pullOf(number).pull.id, { head_repo_id: id }),
    addRepository(name, files) {
      const { id } = seedRepository(world, name, { files, protection });
      return { name, id, gitUrl: `${origin}/${org}/${name}.git` };
    },
    async close() {
      await webhooks.close();
      await server.close();
      await git.close();
    },
  };
}

function peopleOf(
  world: World,
  tokens: Readonly<Record<PersonName, string>>,
): Record<PersonName, Person> {
  return forEverybody((login) => {
    const { id } = userNamed(world, login);
    return { id, login, token: tokens[login] };
  });
}

function requester(front: Front, origin: string, token: string): Requester {
  return async <T>(method: string, path: string, body?: unknown): Promise<Answer<T>> => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await front.handle(new Request(origin + path, { method, headers, ...text }));
    const raw = await answer.text();
    const data: T = raw === "" ? undefined : JSON.parse(raw);
    return { status: answer.status, data, headers: answer.headers };
  };
}

async function settled(world: World, front: Front, quietMs: number): Promise<void> {
  const seen = () => world.webhooks.deliveries.length + front.requests.length;
  for (let before = -1; before !== seen() || !world.webhooks.isIdle || front.inFlight > 0;) {
    before = seen();
    await world.webhooks.idle();
    await new Promise((resolve) => setTimeout(resolve, quietMs));
  }
}
