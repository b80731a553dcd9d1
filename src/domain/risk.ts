/** How risky is a planned change, and why? The highest of its reasons decides. */
import { riskOfOption } from "../contract/options.ts";
import type { Risk, StepKind } from "../contract/plan.ts";
import type { RiskReason } from "../contract/planned-change.ts";
import type { DraftStep } from "./draft-steps.ts";
import type { VersionStep } from "./version.ts";

/** Every reason with the risk that it stands for. */
export const RISK_REASONS = {
  patch_version: "low",
  minor_version: "medium",
  major_version: "high",
  same_version: "low",
  downgrade: "high",
  previous_unknown: "medium",
  new_code: "medium",
  starts_code: "low",
  stops_code: "medium",
  deletes_code: "high",
  changes_appearance: "medium",
  whole_site: "medium",
  core_downgrade: "critical",
  visible_option: "high",
  plain_option: "low",
  closes_site: "medium",
  opens_site: "low",
  empties_cache: "low",
  replaces_connector: "high",
  new_site: "low",
  adopts_live_state: "low",
  edits_site: "medium",
  moves_site_address: "high",
  moves_site_tier: "high",
  ends_control: "high",
  trusts_key: "high",
  changes_who_decides: "critical",
  shared_state: "medium",
  locks_package: "low",
  other_bytes: "critical",
} as const satisfies Readonly<Record<RiskReason, Risk>>;

export interface RiskAssessment {
  readonly risk: Risk;
  readonly riskReasons: readonly RiskReason[];
}

const RANKS: Readonly<Record<Risk, number>> = { low: 0, medium: 1, high: 2, critical: 3 };

/** Which of two risks is higher: negative where `a` is lower. */
export function compareRisk(a: Risk, b: Risk): number {
  return RANKS[a] - RANKS[b];
}

/** The highest risk that a reason stands for, with the reasons in the order given. */
export function assessRisk(reasons: readonly [RiskReason, ...RiskReason[]]): RiskAssessment {
  const risks = reasons.map((reason): Risk => RISK_REASONS[reason]);
  const risk = risks.reduce((high, one) => (compareRisk(one, high) > 0 ? one : high));
  return { risk, riskReasons: reasons };
}

/** The risk of a step, from what it does and how far its version moves. */
export function riskOfStep(draft: DraftStep, move: VersionStep): RiskAssessment {
  return assessRisk(JUDGES[draft.kind](draft, move));
}

type Reasons = [RiskReason, ...RiskReason[]];
type Judge = (draft: DraftStep, move: VersionStep) => Reasons;

const update: Judge = (_, move) => [moveReason(move)];
const removal: Judge = ({ from }) =>
  from === null ? ["deletes_code", "previous_unknown"] : ["deletes_code"];

const JUDGES: Readonly<Record<StepKind, Judge>> = {
  "core.update": (_, move) => [
    "whole_site",
    move.direction === "down" ? "core_downgrade" : moveReason(move),
  ],
  "plugin.install": () => ["new_code"],
  "plugin.update": update,
  "plugin.activate": () => ["starts_code"],
  "plugin.deactivate": () => ["stops_code"],
  "plugin.delete": removal,
  "theme.install": () => ["new_code"],
  "theme.update": update,
  "theme.activate": () => ["changes_appearance"],
  "theme.delete": removal,
  "option.set": ({ target }) => [optionReason(target)],
  "maintenance.set": ({ to }) => [to === true ? "closes_site" : "opens_site"],
  "cache.flush": () => ["empties_cache"],
  "connector.update": (_, move) => ["replaces_connector", moveReason(move)],
};

function moveReason({ direction, size }: VersionStep): RiskReason {
  if (direction === "none") return "previous_unknown";
  if (direction === "down") return "downgrade";
  return size === "none" ? "same_version" : `${size}_version`;
}

function optionReason(target: string): RiskReason {
  const name = target.slice("options/".length);
  return riskOfOption(name) === "high" ? "visible_option" : "plain_option";
}
