/** The check `countersign/rollback`: can every touched site take this plan, and take it back? */
import type { GateState } from "../contract/facts-range.ts";
import type { PlannedChange } from "../contract/planned-change.ts";
import type { ReadinessPoint, ReadinessReason } from "../domain/readiness.ts";
import type { CheckText } from "./approvals-check.ts";
import { groupChanges, lossLine } from "./plan-table.ts";
import { code, counted, fitted, folded, mark, plain } from "./markdown.ts";

export interface SitePoints {
  readonly site: string;
  readonly result: GateState;
  readonly points: readonly ReadinessPoint[];
}

const words: Readonly<Record<ReadinessReason, string>> = {
  ready: "as it should be",
  silent: "gave no evidence",
  unreadable: "answered with evidence that cannot be read",
  stale: "is too old",
  other_state: "is not what this plan begins with",
  link_in_tree: "holds a link, so its state has no digest",
  item_failed: "failed",
  item_below: "is weaker than the policy asks for",
  item_missing: "was not measured",
  not_asked_for: "is not established; the policy does not ask for it",
  clock_off: "is wrong",
};

/** GitHub takes 65,535 characters; what does not fit is counted. */
const budgets = { losses: 10_000, open: 32_000, ready: 18_000 };

export function rollbackCheck(
  result: GateState,
  sites: readonly SitePoints[],
  changes: readonly PlannedChange[],
): CheckText {
  const open = sites.filter((site) => site.result !== "passed");
  const ready = sites.filter((site) => site.result === "passed");
  return {
    result,
    title: title(result, sites, open),
    summary: [
      lossList(changes),
      fitted(open.map(siteTree), { budget: budgets.open, one: "site" }),
      ready.length === 0
        ? ""
        : folded(
            `${counted(ready.length, "site")} ready`,
            fitted(ready.map(siteTree), { budget: budgets.ready, one: "site" }),
          ),
    ]
      .filter(Boolean)
      .join("\n\n"),
  };
}

function title(
  result: GateState,
  sites: readonly SitePoints[],
  open: readonly SitePoints[],
): string {
  if (sites.length === 0)
    return result === "passed" ? "No site to roll back" : "Waiting for a plan";
  const [first] = open;
  if (first === undefined) return `${counted(sites.length, "site")} ready to take this back`;
  const point = first.points.find((one) => one.result === first.result);
  const why = point === undefined ? "" : `: ${pointText(point)}`;
  const more = open.length > 1 ? `, and ${open.length - 1} more` : "";
  return `${sites.length - open.length} of ${sites.length} ready. ${first.site}${why}${more}`;
}

/** Equal changes once: what undoing would bring back, and what it would lose. */
function lossList(changes: readonly PlannedChange[]): string {
  const hard = changes.filter(({ reversibility }) => reversibility !== "reversible");
  if (hard.length === 0) return "";
  const lines = groupChanges(hard).map(lossLine);
  return `Not undone in full:\n\n${fitted(lines, { budget: budgets.losses, one: "change" })}`;
}

function siteTree({ site, result, points }: SitePoints): string {
  const lines = points.map((point) => `  - ${markOf(point)} ${pointLine(point)}`);
  return [`- ${mark[result]} ${code(site)}`, ...lines].join("\n");
}

const markOf = ({ result, reason }: ReadinessPoint): string =>
  reason === "not_asked_for" ? "⚠️" : mark[result];

/** In a title: what is missing, not how a missing thing looks. */
function pointText({ reason, subject, got }: ReadinessPoint): string {
  if (reason === "silent") return `no evidence (${subject})`;
  const gotText = got === "" || reason === "item_missing" ? "" : ` (${got})`;
  return `${subject} ${words[reason]}${gotText}`;
}

function pointLine({ reason, subject, got, wanted }: ReadinessPoint): string {
  if (reason === "ready") return `${code(subject)} ${plain(got === "" ? words.ready : got)}`;
  const gotText = got === "" || reason === "item_missing" ? "" : `. Got ${plain(got)}`;
  const wantedText = wanted === "" ? "" : `, wanted ${plain(wanted)}`;
  return `${code(subject)} ${words[reason]}${gotText}${wantedText}`;
}
