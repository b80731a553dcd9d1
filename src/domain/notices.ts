/** What people should see beside the verdict: errors of the policy, and what was out of the ordinary. */
import type { FindingAnswer } from "../contract/answer.ts";
import type { Facts } from "../contract/facts.ts";
import { FLEET_CONFIG_PATH, type FleetConfig } from "../contract/fleet-config.ts";
import type { Finding } from "../contract/finding.ts";
import { type ConfigurationReading, proposedErrors } from "./configuration.ts";
import { reviewFindings } from "./policy-findings.ts";
import type { LevelPoint } from "./readiness-levels.ts";
import type { CommandJudgement } from "./rights.ts";
import type { Judged } from "./verdict.ts";

interface Decided {
  readonly facts: Facts;
  readonly reading: ConfigurationReading;
  readonly judged: Judged | null;
  readonly commands: readonly CommandJudgement[];
}

export function findingsOf({ facts, reading, judged, commands }: Decided): FindingAnswer[] {
  return [
    ...(reading.kind === "absent" ? reading.findings : []).map(findingAnswer),
    ...(judged?.policy.proposedErrors ?? proposedErrors(facts)).map(findingAnswer),
    ...(reading.kind === "read" ? bareLogins(reading.config) : []),
    ...(judged === null ? [] : outOfTheOrdinary(judged)),
    ...commands.flatMap(commandNotes),
  ];
}

/** A finding of reading or planning, as the answer tells it. */
export function findingAnswer({
  rule,
  severity,
  file,
  line,
  message,
  allowed,
}: Finding): FindingAnswer {
  const result = severity === "error" ? "blocked" : "passed";
  return {
    rule,
    severity,
    result,
    file,
    line,
    trace: allowed === null ? [message] : [message, allowed],
  };
}

/** A bare login holds no role: this blocks nothing, but it surprises. */
function bareLogins(config: FleetConfig): FindingAnswer[] {
  const named = [
    ...Object.entries(config.roles).map(([role, { users }]) => ({ where: `roles.${role}`, users })),
    { where: "agents", users: config.agents.users },
  ];
  return named.flatMap(({ where, users }) =>
    users
      .filter(({ id }) => id === null)
      .map(({ login }) => note("login_not_pinned", [where, login, `countersign pin ${login}`])),
  );
}

function outOfTheOrdinary({ approvals, policy, rollback }: Judged): FindingAnswer[] {
  const { problems, glass, ownersStandInFor } = approvals;
  return [
    ...problems.map(({ reason, result, evidence }) => ({
      ...note(reason, evidence),
      severity: "error" as const,
      result,
    })),
    ...policy.waits.map(({ reason, site, evidence }) => ({
      ...note(
        reason,
        [site, evidence].flatMap((text) => text ?? []),
      ),
      severity: "warning" as const,
      result: "waiting" as const,
    })),
    ...(policy.review === null ? [] : reviewFindings(policy.review)),
    ...rollback.points.flatMap(readinessNote),
    ...glass.map(({ gate, by }) => note("break_glass", [gate, ...by.map(String)])),
    ...ownersStandInFor.map((name) => note("owners_stand_in", [name])),
  ];
}

/** Which item of which site is not as the policy demands. */
function readinessNote({ site, item, result, got, wanted }: LevelPoint): FindingAnswer[] {
  if (result === "passed") return [];
  const severity = result === "blocked" ? ("error" as const) : ("warning" as const);
  const trace = [site, `${item}: got ${got}, wanted ${wanted}`];
  return [{ ...note("readiness", trace), severity, result }];
}

function commandNotes(judged: CommandJudgement): FindingAnswer[] {
  if (!judged.allowed)
    return [{ ...note(judged.reason, []), severity: "error", result: "blocked" }];
  return [
    ...(judged.onePerson ? [note("one_person", judged.by.map(String))] : []),
    ...(judged.ownersStoodIn ? [note("owners_stand_in", judged.by.map(String))] : []),
  ];
}

function note(rule: string, trace: readonly string[]): FindingAnswer {
  const file = rule === "login_not_pinned" ? FLEET_CONFIG_PATH : null;
  return { rule, severity: "note", result: "passed", file, line: null, trace };
}
