/** The audit log of a clone, read through git alone. */
import { logLines } from "../audit/tiles.ts";
import { type LogCopy, type LogReport, verifyLog } from "../audit/verify-log.ts";
import { AuditEntry } from "../contract/audit-entry.ts";
import { readFleetConfig } from "../contract/fleet-config.ts";
import type { Digest } from "../contract/ids.ts";
import { CountersignError } from "../errors.ts";
import { parseCanonical } from "../signing/canonical.ts";
import { type Clone, openClone } from "./clone.ts";

export const auditBranch = ["countersign/audit", "origin/countersign/audit"];
const defaultBranch = ["origin/HEAD", "origin/main", "origin/master", "main", "master"];

export interface ClonedLog {
  readonly clone: Clone;
  /** The audit branch's commit. */
  readonly commit: string;
  readonly copy: Omit<LogCopy, "against">;
}

/** @throws CountersignError `clone_unreadable` where there is no log to read */
export async function readLog(folder: string): Promise<ClonedLog> {
  const clone = await openClone(folder);
  const commit = await clone.resolve(...auditBranch);
  if (commit === null) {
    throw unreadable(
      `${folder} has no branch countersign/audit.`,
      "git fetch origin countersign/audit",
    );
  }
  const checkpoint = (await clone.file(commit, "checkpoint")) ?? "";
  const tiles = [...(await clone.files(commit, "tiles"))].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const copy = {
    repo: Number(/^countersign\/(\d{1,16})\n/u.exec(checkpoint)?.[1] ?? Number.NaN),
    logKey: await readLogKey(clone, folder),
    checkpoint,
    tiles: tiles.map(([, text]) => (typeof text === "string" ? text : "")),
  };
  return { clone, commit, copy };
}

/** The anchor: the public half that stands in `countersign.yml` since bootstrap. */
async function readLogKey(clone: Clone, folder: string): Promise<LogCopy["logKey"]> {
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

/** A log whose lines can be read, with what its verification says. */
export interface ReadableLog extends ClonedLog {
  readonly lines: readonly string[];
  readonly entries: readonly AuditEntry[];
  readonly report: LogReport;
}

/**
 * For commands that tell of entries: what cannot be read cannot be told.
 * @throws CountersignError `clone_unreadable` or `log_unreadable`
 */
export async function readEntries(folder: string): Promise<ReadableLog> {
  const log = await readLog(folder);
  const lines = logLines(log.copy.tiles) ?? [];
  const entries = lines.flatMap((line) => AuditEntry.safeParse(parseCanonical(line)).data ?? []);
  const report = verifyLog({ ...log.copy, against: [] });
  if (lines.length === 0 || entries.length < lines.length) {
    throw new CountersignError("log_unreadable", `${folder} holds a log that cannot be read.`, {
      hint: `Run \`countersign audit verify ${folder}\`: it names the first entry that is wrong.`,
    });
  }
  return { ...log, lines, entries, report };
}

/** A plan's text by its digest, from the audit branch; `null` where it is not there. */
export function planText({ clone, commit }: ClonedLog, digest: Digest): Promise<string | null> {
  return clone.file(commit, `plans/${digest.slice("sha256:".length)}.json`);
}

export function unreadable(message: string, command: string): CountersignError {
  return new CountersignError("clone_unreadable", message, {
    hint: `Run \`${command}\` and try again.`,
  });
}
