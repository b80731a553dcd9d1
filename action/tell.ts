/** What a run tells: outputs for later steps, annotations, and the summary of its job. */
import * as core from "@actions/core";
import type { Outcome } from "../src/contract/audit-entry.ts";
import { CountersignError } from "../src/errors.ts";
import { compareRisk } from "../src/domain/risk.ts";
import type { ToldVerdict } from "../src/workflow/fleet.ts";
import type { OUTPUTS } from "./inputs.ts";
import type { Done } from "./run.ts";

type Outputs = Readonly<Record<(typeof OUTPUTS)[number], string>>;

interface Told {
  readonly proposal: number;
  readonly verdict: string;
  readonly reason_code: string | null;
  readonly plan_digest: string | null;
  readonly risk: string | null;
}

/** @param about the proposal that the event names; `null`: the one with the lowest number */
export function outputsOf({ verdicts, entries }: Done, about: number | null): Outputs {
  const told = [...verdicts.values()].map(toldOf).toSorted((a, b) => a.proposal - b.proposal);
  const one =
    told.find(({ proposal }) => proposal === about) ?? (about === null ? told[0] : undefined);
  const sites: Partial<Record<Outcome, number>> = {};
  for (const entry of entries) {
    if (entry.kind === "receipt") sites[entry.out] = (sites[entry.out] ?? 0) + 1;
  }
  const authorised = entries.filter(({ kind }) => kind === "authorised").length;
  const counts = { proposals: told.length, authorised, sites };
  return {
    verdict: one?.verdict ?? "",
    reason_code: one?.reason_code ?? "",
    plan_digest: one?.plan_digest ?? "",
    risk: one?.risk ?? "",
    counts: JSON.stringify(counts),
    json: JSON.stringify({ version: 1, verdicts: told, ...counts }),
  };
}

function toldOf({ pull, verdict, plan, digest }: ToldVerdict): Told {
  const risks = plan.changes.map(({ risk }) => risk);
  return {
    proposal: pull,
    verdict: verdict.result,
    reason_code: verdict.reason,
    plan_digest: digest,
    risk: risks.toSorted(compareRisk).at(-1) ?? null,
  };
}

/** @returns whether the run ended well: a site that was hurt, or work that is left over, is told */
export async function tell(done: Done, about: number | null): Promise<boolean> {
  const outputs = outputsOf(done, about);
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
  const receipts = done.entries.filter((entry) => entry.kind === "receipt");
  const hurt = receipts.filter(({ out }) => out !== "applied" && out !== "already_applied");
  for (const { site, out, sub } of hurt) core.error(`${site}: ${out} (${sub})`);
  for (const [job, fault] of done.failed) core.error(`${job}: ${faultText(fault)}`);
  const rows = [...done.verdicts.values()].map(toldOf);
  const lines = [
    "## Countersign",
    "",
    ...(rows.length === 0
      ? ["No open proposal."]
      : [
          "| proposal | verdict | why | risk | plan |",
          "| --- | --- | --- | --- | --- |",
          ...rows.map(
            (row) =>
              `| #${row.proposal} | ${row.verdict} | ${row.reason_code ?? ""} | ${row.risk ?? ""} | \`${row.plan_digest?.slice(7, 19) ?? ""}\` |`,
          ),
        ]),
    "",
    ...receipts.map(({ site, out, sub }) => `- ${site}: **${out}** (\`${sub}\`)`),
    ...[...done.failed].map(([job, fault]) => `- ✗ ${job}: ${faultText(fault)}`),
    "",
    `${done.entries.length} new entries in the audit log.`,
  ];
  await summarise(lines.join("\n"));
  return hurt.length === 0 && done.failed.size === 0;
}

/** A runner gives every step a file for it; without one there is no page to write to. */
export async function summarise(text: string): Promise<void> {
  if (process.env["GITHUB_STEP_SUMMARY"] === undefined) return;
  await core.summary.addRaw(`${text}\n`).write();
}

export function faultText(fault: unknown): string {
  if (!(fault instanceof CountersignError)) {
    return fault instanceof Error ? fault.message : String(fault);
  }
  const needed = permissionOf(fault.cause);
  const named = needed === null ? "" : ` The workflow has to say \`permissions: ${needed}\`.`;
  return `${fault.message}${named} ${fault.hint} (${fault.code})`;
}

/** GitHub names what a refused request would take. */
function permissionOf(cause: unknown): string | null {
  if (typeof cause !== "object" || cause === null || !("response" in cause)) return null;
  const { response } = cause;
  if (typeof response !== "object" || response === null || !("headers" in response)) return null;
  const { headers } = response;
  if (typeof headers !== "object" || headers === null) return null;
  const text: unknown = Object.entries(headers).find(
    ([name]) => name === "x-accepted-github-permissions",
  )?.[1];
  return typeof text === "string" ? text.replaceAll("=", ": ").replaceAll(";", " or") : null;
}
