/**
 * The GitHub Action: the App without a server. Bundled into `action/dist/main.js`.
 * docs/getting-started.md, "The Action".
 */
import * as core from "@actions/core";
import { auditVerify, describeReport } from "../src/cli/audit-verify.ts";
import { CountersignError } from "../src/errors.ts";
import { proposalOf, runsProposalsFile } from "./event.ts";
import { type Inputs, readInputs, readRun, type Run } from "./inputs.ts";
import { work } from "./run.ts";
import { codeOf, faultText } from "./fault-text.ts";
import { summarise, tell } from "./tell.ts";

async function main(): Promise<boolean> {
  const inputs = readInputs(process.env);
  if (inputs.seed !== "") core.setSecret(inputs.seed);
  if (inputs.mode === "verify-audit") return verify(inputs);
  const run = readRun(process.env);
  if (runsProposalsFile(run.event)) {
    core.notice(`${run.event} runs the proposal's own workflow: its workflow_run does the review.`);
    return true;
  }
  if (inputs.seed === "") throw noSeed(run);
  return tell(await work(run, inputs), proposalOf(run));
}

async function verify({ clone }: Inputs): Promise<boolean> {
  const report = await auditVerify(clone, { against: [] });
  core.setOutput("verdict", report.ok ? "passed" : "blocked");
  core.setOutput("json", JSON.stringify(report));
  const text = describeReport(report);
  core.info(text);
  await summarise(text);
  for (const { index, code, message } of report.bad) {
    core.error(`${index === null ? "log" : `entry ${index}`}: ${code}: ${message}`);
  }
  return report.ok;
}

function noSeed({ event }: Run): CountersignError {
  return new CountersignError("seed_invalid", `This run of ${event} was given no seed.`, {
    hint: "The job names `environment: countersign` and hands `secrets.COUNTERSIGN_SEED` over as `seed`. Private repositories need a plan of GitHub with environments.",
  });
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (fault) {
  const text = faultText(fault);
  core.setOutput("reason_code", codeOf(fault));
  core.setOutput("verdict", "blocked");
  await summarise(`## Countersign\n\n✗ ${text}`);
  core.setFailed(text);
}
