/** `countersign audit verify <clone>`: is the log whole, signed, and does every entry stand? */
import { readFile } from "node:fs/promises";
import { logLines } from "../audit/tiles.ts";
import { type LogReport, verifyLog } from "../audit/verify-log.ts";
import { type Witness, witnessOf } from "../audit/witness.ts";
import { AuditEntry } from "../contract/audit-entry.ts";
import { parseCanonical } from "../signing/canonical.ts";
import { judgeApprovals } from "./audit-approvals.ts";
import { auditBranch, readLog, unreadable } from "./audit-log.ts";
import { openClone } from "./clone.ts";

export interface VerifyReport extends LogReport {
  /** Whether the clone has every commit that an action's approvals and policy are judged by. */
  readonly approvals: "proved" | "unproved";
}

export interface VerifyOptions {
  /** Files with checkpoints or receipts, or clones, that may know a later head. */
  readonly against: readonly string[];
}

/** @throws CountersignError `clone_unreadable` where there is nothing to verify */
export async function auditVerify(folder: string, options: VerifyOptions): Promise<VerifyReport> {
  const { copy, clone } = await readLog(folder);
  const against = await Promise.all(options.against.map((path) => readWitness(path)));
  const report = verifyLog({ ...copy, against });
  const lines = logLines(copy.tiles) ?? [];
  const entries = lines.flatMap((line) => AuditEntry.safeParse(parseCanonical(line)).data ?? []);
  // Indices of a log with lines that are no entries would name other lines than these.
  const judged = entries.length === lines.length ? await judgeApprovals(entries, clone) : null;
  const bad = [...report.bad, ...(judged?.bad ?? [])];
  const approvals = judged === null || judged.unproved > 0 ? "unproved" : "proved";
  return { ...report, ok: bad.length === 0, bad, approvals };
}

async function readWitness(path: string): Promise<Witness> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text !== null) return witnessOf(text);
  const clone = await openClone(path);
  const commit = await clone.resolve(...auditBranch);
  const checkpoint = commit === null ? null : await clone.file(commit, "checkpoint");
  if (checkpoint !== null) {
    const { copy } = await readLog(path);
    return { kind: "checkpoint", text: checkpoint, lines: logLines(copy.tiles) ?? [] };
  }
  throw unreadable(
    `${path} is neither a checkpoint, a receipt nor a clone with an audit branch.`,
    "git clone <url>",
  );
}

/** What a person reads; one line for each thing that is wrong. */
export function describeReport(report: VerifyReport): string {
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
  const approved =
    report.approvals === "proved"
      ? "Approvals: each action's, by the policy of its time."
      : "Approvals: unproved. This clone does not have every commit that they are judged by: fetch the whole history.";
  return [head, ...faults, approved, fresh].join("\n");
}
