/** `countersign audit verify <clone>`: is the log whole, signed, and does every entry stand? */
import { readFile } from "node:fs/promises";
import { type LogReport, verifyLog } from "../audit/verify-log.ts";
import { type Witness, witnessOf } from "../audit/witness.ts";
import { auditBranch, readLog, unreadable } from "./audit-log.ts";
import { openClone } from "./clone.ts";

export interface VerifyOptions {
  /** Files with checkpoints or receipts, or clones, that may know a later head. */
  readonly against: readonly string[];
}

/** @throws CountersignError `clone_unreadable` where there is nothing to verify */
export async function auditVerify(folder: string, options: VerifyOptions): Promise<LogReport> {
  const { copy } = await readLog(folder);
  const against = await Promise.all(options.against.map((path) => readWitness(path)));
  return verifyLog({ ...copy, against });
}

async function readWitness(path: string): Promise<Witness> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text !== null) return witnessOf(text);
  const clone = await openClone(path);
  const commit = await clone.resolve(...auditBranch);
  const checkpoint = commit === null ? null : await clone.file(commit, "checkpoint");
  if (checkpoint !== null) return { kind: "checkpoint", text: checkpoint };
  throw unreadable(
    `${path} is neither a checkpoint, a receipt nor a clone with an audit branch.`,
    "git clone <url>",
  );
}

/** What a person reads; one line for each thing that is wrong. */
export function describeReport(report: LogReport): string {
  const { entries, root, freshness, bad } = report;
  const head = report.ok
    ? `✓ ${entries} entries, all verified. Root ${root}`
    : `✗ ${bad.length} ${bad.length === 1 ? "thing is" : "things are"} wrong in ${entries} entries.`;
  const faults = bad.map(
    ({ index, code, message }) =>
      `  ${index === null ? "log" : `entry ${index}`}: ${code}: ${message}`,
  );
  const fresh =
    freshness === "proved"
      ? "Freshness: proved by the head it was held against."
      : "Freshness: unproved. Nobody can tell from one clone that nothing was cut off its end: hold it against a receipt, a checkpoint or another clone with --against.";
  return [head, ...faults, fresh].join("\n");
}
