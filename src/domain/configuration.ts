/**
 * Which policy is in force? The one at the last attested commit: never a proposal's own, never an
 * unattested tip's. An empty or missing policy blocks everything and says why.
 */
import type { GateState } from "../contract/facts-range.ts";
import type { Facts } from "../contract/facts.ts";
import type { Finding } from "../contract/finding.ts";
import { type FleetConfig, readFleetConfig } from "../contract/fleet-config.ts";

export type ConfigurationReading =
  | { readonly kind: "read"; readonly config: FleetConfig; readonly text: string }
  | {
      readonly kind: "absent";
      readonly result: Exclude<GateState, "passed">;
      readonly reason: ConfigurationReason;
      readonly findings: readonly Finding[];
    };

export type ConfigurationReason =
  | "policy_unread"
  | "policy_missing"
  | "policy_empty"
  | "policy_invalid"
  | "log_unread"
  | "log_missing"
  | "not_bootstrapped";

type Absent = Extract<ConfigurationReading, { kind: "absent" }>;

/** Reads the policy in force. `read` is `readFleetConfig`, or one that remembers what it read. */
export function readConfiguration(
  facts: Pick<Facts, "config" | "branch">,
  read: typeof readFleetConfig = readFleetConfig,
): ConfigurationReading {
  const absent = bootstrapProblem(facts.branch);
  if (absent !== null) return absent;
  const { config } = facts;
  if (config === null || config.state === "unreachable") return unread("policy_unread");
  if (config.state === "missing") return blocked("policy_missing");
  const text = config.text ?? null;
  if (config.state === "empty" || text?.trim() === "") return blocked("policy_empty");
  if (text === null) return unread("policy_unread");
  const reading = read(text);
  if (reading.kind === "invalid") return blocked("policy_invalid", reading.findings);
  return { kind: "read", config: reading.config, text };
}

/**
 * The errors of the policy that the proposal or the merged range brings: it is validated in full
 * before anyone approves it. Empty where it leaves the policy alone or brings a valid one.
 */
export function proposedErrors({
  proposal,
  merge,
  config,
}: Pick<Facts, "proposal" | "merge" | "config">): readonly Finding[] {
  const brought = new Set([proposal?.configAtHead, merge?.range?.config]);
  brought.delete(config?.text);
  return [...brought].flatMap((text) => {
    if (typeof text !== "string") return [];
    const reading = readFleetConfig(text);
    return reading.kind === "invalid" ? reading.findings : [];
  });
}

/** Once the fleet is bootstrapped a missing log is an incident; before, no policy is in force. */
function bootstrapProblem(branch: Facts["branch"]): Absent | null {
  if (branch === undefined) return null;
  if (branch === null || branch.bootstrapped === null || branch.log === null) {
    return unread("log_unread");
  }
  if (!branch.bootstrapped) return unread("not_bootstrapped");
  return branch.log === "missing" ? blocked("log_missing") : null;
}

function unread(reason: ConfigurationReason): Absent {
  return { kind: "absent", result: "waiting", reason, findings: [] };
}

function blocked(reason: ConfigurationReason, findings: readonly Finding[] = []): Absent {
  return { kind: "absent", result: "blocked", reason, findings };
}
