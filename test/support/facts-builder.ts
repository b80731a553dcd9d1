/** Facts of one ordinary proposal that passes, to be spoilt one fact at a time. */
import { Facts, type FactsInput } from "../../src/contract/facts.ts";
import { type FleetConfig, readFleetConfig } from "../../src/contract/fleet-config.ts";

export const NOW = "2026-11-24T20:00:00Z";

/** A time, in seconds after 2026-11-24T12:00:00Z. */
export const at = (seconds: number): string =>
  new Date(Date.UTC(2026, 10, 24, 12) + seconds * 1000).toISOString().replace(".000", "");

export const ids = {
  opener: 10,
  ana: 11,
  ben: 12,
  carol: 13,
  dan: 14,
  outsider: 20,
  bot: 30,
  agent: 99,
  owner: 1,
} as const;
export type Name = keyof typeof ids;

export const actor = (name: Name, type = name === "bot" ? "Bot" : "User") => ({
  id: ids[name],
  login: name,
  type,
});

const account = (name: Name) => ({
  id: ids[name],
  login: name,
  email: `${name}@example.com`,
});

type Input<Key extends keyof FactsInput> = NonNullable<FactsInput[Key]>;
export type ReviewInput = Input<"reviews">[number];
export type CommitInput = Input<"commits">[number];
export type ChangeInput = NonNullable<Input<"plan">["changes"]>[number];
export type MergeInput = Input<"merge">;

let lastReview = 1000;
export const review = (by: Name | null, over: Partial<ReviewInput> = {}): ReviewInput => ({
  id: (lastReview += 1),
  user: by === null ? null : actor(by),
  state: "APPROVED",
  commit: "h1",
  submittedAt: at(200),
  ...over,
});

export const commit = (over: Partial<CommitInput> = {}): CommitInput => ({
  sha: "h1",
  parents: ["b0"],
  author: account("opener"),
  committer: account("opener"),
  message: "Update akismet",
  pushedBy: [ids.opener],
  verified: false,
  ...over,
});
export const by = account;

export const change = (over: Partial<ChangeInput> = {}): ChangeInput => ({
  site: "shop",
  tier: "production",
  labels: { client: "acme" },
  timezone: "Europe/Berlin",
  kind: "plugin.update",
  target: "plugins/akismet",
  from: "5.3",
  to: "5.4",
  risk: "low",
  reversibility: "reversible",
  ...over,
});

export const POLICY = `
version: 1
roles:
  operators: { teams: [acme/ops] }
  security: { users: [{ login: carol, id: 13 }, { login: dan, id: 14 }] }
agents: { users: [{ login: agent, id: 99 }] }
rights:
  change-policy: { role: security, count: 1 }
  pair: { role: security, count: 1 }
  override: { role: security }
  release: { role: security }
  retry: { role: operators }
  rollback: { role: operators }
  break-glass: { role: security, count: 2, for: 60m }
  hold: any-role
  panic: any-role
gates:
  - name: operators
    require: [{ role: operators, count: 1 }]
  - name: high risk
    when: { risk: [high, critical] }
    require: [{ role: security, count: 1 }]
`;

const person = (name: Name) => ({
  id: ids[name],
  login: name,
  type: name === "bot" ? "Bot" : "User",
  permission: "write" as const,
  suspended: false,
});

const member = (name: Name) => ({ id: ids[name], state: "active" as const });

export const opsTeam = {
  state: "ok" as const,
  members: [member("ana"), member("ben"), member("opener")],
};

/** One low-risk step for one site, approved by one operator: passes. */
export function baseFacts(): FactsInput {
  return {
    id: "base",
    now: NOW,
    repository: { id: 500, defaultBranch: "main", owners: [ids.owner] },
    people: (Object.keys(ids) as Name[]).map(person),
    emails: { "carol@example.com": ids.carol, "ana@example.com": ids.ana },
    teams: { "acme/ops": opsTeam },
    config: { state: "ok", text: POLICY, digest: "c1" },
    plan: { state: "ok", digest: "d1", changes: [change()], recovers: [] },
    shown: [{ head: "h1", digest: "current", config: "current", at: at(100) }],
    states: [{ site: "shop", pre: "p1", at: at(100) }],
    proposal: {
      number: 7,
      state: "open",
      draft: false,
      fork: false,
      base: "main",
      head: "h1",
      openedBy: ids.opener,
      commandedBy: null,
      configAtHead: null,
    },
    commits: [commit()],
    commitsComplete: true,
    reviews: [review("ana")],
    reviewsComplete: true,
    comments: [],
    overrides: [],
    breakGlass: [],
    checks: { policy: "passed", rollback: "passed" },
    mergeGroup: null,
    merge: null,
    branch: { bootstrapped: true, log: "ok", connectors: 1, unattested: [] },
    levels: { fleet: "normal", sites: {} },
    unfinished: {},
  };
}

export function facts(over: Partial<FactsInput> = {}): Facts {
  return Facts.parse({ ...baseFacts(), ...over });
}

/** The same facts with another plan. */
export const plan = (changes: ChangeInput[], over: Partial<Input<"plan">> = {}): Input<"plan"> => ({
  state: "ok",
  digest: "d1",
  changes,
  recovers: [],
  ...over,
});

export const proposal = (over: Partial<Input<"proposal">> = {}): Input<"proposal"> => ({
  ...(baseFacts().proposal as Input<"proposal">),
  ...over,
});

/** The proposal, merged by GitHub. */
export const merge = (over: Partial<MergeInput> = {}): MergeInput => ({
  kind: "merge",
  commit: "m1",
  head: "h1",
  at: at(300),
  by: ids.ben,
  plans: { m1: "d1" },
  branchHead: "m1",
  range: { changes: [change()], config: null },
  decided: null,
  ...over,
});

const configs = new Map<string, FleetConfig>();

export function config(text: string = POLICY): FleetConfig {
  const known = configs.get(text);
  if (known !== undefined) return known;
  const reading = readFleetConfig(text);
  if (reading.kind === "invalid") throw new Error(JSON.stringify(reading.findings));
  configs.set(text, reading.config);
  return reading.config;
}

/** The policy with other gates. */
export const policyWith = (gates: string): string =>
  `${POLICY.slice(0, POLICY.indexOf("gates:"))}gates:\n${gates}\n`;
