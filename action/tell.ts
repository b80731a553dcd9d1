/** Tells what came of a run: outputs for later steps, annotations, and the summary of its job. */
import * as core from "@actions/core";
import { faultText } from "./fault-text.ts";
import { hurtIn, outputsOf } from "./outputs.ts";
import type { Done } from "./run.ts";
import { summaryOf } from "./summary.ts";

/** @returns whether the run ended well: a site that was hurt, or work that is left over, is told */
export async function tell(done: Done, about: number | null): Promise<boolean> {
  for (const [name, value] of Object.entries(outputsOf(done, about))) core.setOutput(name, value);
  const hurt = hurtIn(done);
  for (const { site, out, sub } of hurt) core.error(`${site}: ${out} (${sub})`);
  for (const [job, fault] of done.failed) core.error(`${job}: ${faultText(fault)}`);
  for (const site of done.silent) core.warning(`${site} did not say what it runs.`);
  for (const entry of done.entries) {
    if (entry.kind === "range" && entry.result === "unattested") {
      core.warning(`${entry.to.slice(0, 7)} is not authorised: ${entry.reasons.join(", ")}.`);
    }
    if (entry.kind === "level" && entry.level !== "normal") {
      core.warning(`${entry.site ?? "the fleet"} is at ${entry.level}: ${entry.cause}.`);
    }
  }
  await summarise(summaryOf(done));
  return hurt.length === 0 && done.failed.size === 0;
}

/** A runner gives every step a file for it; without one there is no page to write to. */
export async function summarise(text: string): Promise<void> {
  if (process.env["GITHUB_STEP_SUMMARY"] === undefined) return;
  await core.summary.addRaw(`${text}\n`).write();
}
