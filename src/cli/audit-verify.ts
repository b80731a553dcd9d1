/** `countersign audit verify <clone>`: is the log whole, signed, and does every entry stand? */
import { type LogCopy, type LogReport, verifyLog } from "../audit/verify-log.ts";
import { type Witness, witnessOf } from "../audit/witness.ts";
import { readFleetConfig } from "../contract/fleet-config.ts";
import { readFile } from "node:fs/promises";
import { CountersignError } from "../errors.ts";
import { openClone, type Clone } from "./clone.ts";

const auditBranch = ["countersign/audit", "origin/countersign/audit"];
const defaultBranch = ["origin/HEAD", "origin/main", "origin/master", "main", "master"];

export interface VerifyOptions {
  /** Files with checkpoints or receipts, or clones, that may know a later head. */
  readonly against: readonly string[];
}

/** @throws CountersignError `clone_unreadable` where there is nothing to verify */
export async function auditVerify(folder: string, options: VerifyOptions): Promise<LogReport> {
  const copy = await readLog(await openClone(folder), folder);
  const against = await Promise.all(options.against.map((path) => readWitness(path)));
  return verifyLog({ ...copy, against });
}

async function readLog(clone: Clone, folder: string): Promise<Omit<LogCopy, "against">> {
  const commit = await clone.resolve(...auditBranch);
  if (commit === null) {
    throw unreadable(
      `${folder} has no branch countersign/audit.`,
      "git fetch origin countersign/audit",
    );
  }
  const checkpoint = (await clone.file(commit, "checkpoint")) ?? "";
  const tiles = [...(await clone.files(commit, "tiles"))].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    repo: Number(/^countersign\/(\d{1,16})\n/u.exec(checkpoint)?.[1] ?? Number.NaN),
    logKeys: [await readLogKey(clone, folder)],
    checkpoint,
    tiles: tiles.map(([, text]) => (typeof text === "string" ? text : "")),
  };
}

/** The anchor: the public half that stands in `countersign.yml` since bootstrap. */
async function readLogKey(clone: Clone, folder: string): Promise<LogCopy["logKeys"][0]> {
  const commit = await clone.resolve(...defaultBranch);
  const text = commit === null ? null : await clone.file(commit, "countersign.yml");
  const reading = text === null ? null : readFleetConfig(text);
  const key = reading?.kind === "valid" ? reading.config.log?.key : undefined;
  if (key !== undefined) return key;
  throw unreadable(
    `${folder} has no countersign.yml with a log key on its default branch.`,
    "git fetch origin",
  );
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

function unreadable(message: string, command: string): CountersignError {
  return new CountersignError("clone_unreadable", message, {
    hint: `Run \`${command}\` and try again.`,
  });
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
