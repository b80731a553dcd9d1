/**
 * Runs one policy test: an imagined proposal, judged by the very functions that judge real ones.
 * What the test leaves out is as it is where nothing is wrong.
 */
import { ChangeFacts } from "../contract/facts-range.ts";
import { Facts, type FactsInput } from "../contract/facts.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import type { PolicyTest, TestChange, TestPackage } from "../contract/policy-test.ts";
import { checkPolicy, type PolicyCheck } from "./checks.ts";
import { traceText } from "./policy-findings.ts";

type ChangeInput = NonNullable<NonNullable<FactsInput["plan"]>["changes"]>[number];

/** @returns what came out differently, in words; empty where the test passes */
export function runPolicyTest(config: FleetConfig, { given, expect }: PolicyTest): string[] {
  const inputs = given.changes.map((change) => changeInput(config, change));
  const facts = Facts.parse(factsOf(given, inputs));
  const withAgent = { ...config, agents: { users: [{ login: "agent", id: AGENT }] } };
  const check = checkPolicy(withAgent, facts, ChangeFacts.array().parse(inputs));
  return [
    ...(expect.policy === undefined || expect.policy === check.result
      ? []
      : [`policy: expected ${expect.policy}, got ${check.result}${reasonOf(check)}`]),
    ...Object.entries(expect.rules).flatMap(([id, wanted]) => ruleFailures(check, id, wanted)),
    ...freezeFailures(check, expect.freezes),
  ];
}

const reasonOf = ({ reason }: PolicyCheck): string => (reason === null ? "" : ` (${reason})`);

function ruleFailures({ review }: PolicyCheck, id: string, wanted: string): string[] {
  const judged = review?.rules.find(({ rule }) => rule.id === id);
  if (judged === undefined) return [`${id}: no rule of this policy has this id`];
  if (judged.result === wanted) return [];
  const traces = judged.groups.flatMap(({ assert, unless }) => [...unless, ...assert]);
  const words = traces.map((trace) => `  ${traceText(trace)}`);
  return [[`${id}: expected ${wanted}, got ${judged.result}`, ...new Set(words)].join("\n")];
}

function freezeFailures({ waits }: PolicyCheck, wanted: readonly string[] | undefined): string[] {
  if (wanted === undefined) return [];
  const found = new Set(waits.filter(({ reason }) => reason === "freeze").map(nameOf));
  const [got, expected] = [[...found].toSorted(), wanted.toSorted()];
  if (got.join("\n") === expected.join("\n")) return [];
  return [`freezes: expected ${listed(expected)}, got ${listed(got)}`];
}

const nameOf = ({ evidence }: PolicyCheck["waits"][number]): string => String(evidence);
const listed = (names: readonly string[]): string => names.join(", ") || "none";

const [PERSON, AGENT, BOT] = [1, 2, 3];
const VERSION = "1.0.0";

function factsOf(given: PolicyTest["given"], changes: ChangeInput[]): FactsInput {
  const { proposal, recovers } = given;
  const openedBy = proposal.byBot ? BOT : proposal.byAgent ? AGENT : PERSON;
  const person = (id: number, type: string) =>
    ({ id, login: `person-${id}`, type, permission: "write", suspended: false }) as const;
  return {
    id: "test",
    now: given.now,
    repository: { id: 1, defaultBranch: "main", owners: [PERSON] },
    people: [person(PERSON, "User"), person(AGENT, "User"), person(BOT, "Bot")],
    config: { state: "ok" },
    plan: { state: "ok", digest: "plan", changes, recovers },
    proposal: {
      number: 1,
      state: "open",
      draft: false,
      fork: proposal.fork,
      base: "main",
      head: "head",
      openedBy,
    },
    commits: [],
    ruleFacts: { ...goodFacts(given, changes), ...given.facts },
  };
}

function goodFacts({ now }: PolicyTest["given"], changes: readonly ChangeInput[]) {
  const sites = changes.flatMap(({ site }) => (site === null ? [] : [[site, { fits: true }]]));
  const digests = changes.flatMap((change) =>
    change.package ? [[change.package.sha256, true]] : [],
  );
  return {
    matchesSource: Object.fromEntries(digests),
    failedPackages: [],
    vulnerabilities: { at: now, affected: [] },
    applied: [],
    sites: Object.fromEntries(sites),
    secrets: [],
  };
}

function changeInput(config: FleetConfig, change: TestChange): ChangeInput {
  const { package: next, previous, ...rest } = change;
  return {
    ...rest,
    package: next === null ? null : packageInput(config, next, { digit: "1", version: change.to }),
    previous:
      previous === null
        ? null
        : packageInput(config, previous, { digit: "0", version: change.from }),
  };
}

/** An ordinary package of the first source, released long ago. */
function packageInput(
  { sources }: FleetConfig,
  given: TestPackage,
  { digit, version }: { readonly digit: string; readonly version: unknown },
): NonNullable<ChangeInput["package"]> {
  const host = sources[0]?.hosts.at(-1) ?? "example.com";
  return {
    path: "packages/plugins/example/1.0.0.yml",
    source: sources[0]?.name ?? "none",
    url: `https://${host}/example.zip`,
    sha256: `sha256:${digit.repeat(64)}`,
    bytes: 100_000,
    version: typeof version === "string" ? version : VERSION,
    releasedAt: "2020-01-01T00:00:00Z",
    requires: null,
    requiresPhp: null,
    ...given,
  };
}
