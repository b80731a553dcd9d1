/**
 * Is this log whole, signed, and does every entry in it stand on an earlier one? Pure: texts of a
 * clone in, findings out, so that anyone can check it offline.
 *
 * Alone it finds edits, drops, insertions and swaps, forged receipts and unauthorised actions.
 * That the log was cut, forked or written anew by the holder of its key shows only against a head
 * signed elsewhere: without one that covers every entry, `freshness` says `unproved`.
 */
import { AuditEntry } from "../contract/audit-entry.ts";
import type { Bytes32, Digest } from "../contract/ids.ts";
import { parseCanonical } from "../signing/canonical.ts";
import { asDigest } from "../signing/digest.ts";
import { type LogHead, openCheckpoint } from "./checkpoint.ts";
import { type EntryJudge, entryJudge } from "./entry-judge.ts";
import { type LogFault, type LogFaultCode, logFault } from "./faults.ts";
import { generationsIn } from "./generations.ts";
import { type MerkleTree, rootAt, sizeOf, treeOf } from "./merkle.ts";
import { logLines } from "./tiles.ts";
import { headOf, type Witness } from "./witness.ts";

export type { Witness };

export interface LogCopy {
  /** The control repository's numeric id. */
  readonly repo: number;
  /** The first log key, from `countersign.yml`: later ones stand in the log. */
  readonly logKey: Bytes32;
  readonly checkpoint: string;
  /** The texts of all tiles, in order. */
  readonly tiles: readonly string[];
  readonly against: readonly Witness[];
}

export interface LogReport {
  readonly ok: boolean;
  readonly entries: number;
  readonly root: Digest;
  readonly freshness: "proved" | "unproved";
  /** Of single entries in their order, then of the log as a whole. */
  readonly bad: readonly LogFault[];
}

export function verifyLog(copy: LogCopy): LogReport {
  const lines = logLines(copy.tiles);
  if (lines === undefined) return unreadable(logFault("tiles"));
  const tree = treeOf(lines);
  const entries = lines.map(readLine);
  const pairings = entries.filter((entry) => typeof entry === "object" && entry.kind === "pairing");
  const knewHead = ({ size, root }: LogHead, index: number) =>
    size <= index && rootOf(tree, size) === root;
  const judge = entryJudge({ repo: copy.repo, firstLogKey: copy.logKey, knewHead });
  const logKeys = logKeysOf(entries, copy);
  const witnesses = copy.against.map((witness) => {
    const head = headOf(witness, { repo: copy.repo, logKeys, pairings });
    return { ...judgeHead(head, tree), index: differsAt(lines, witness, head) };
  });
  const bad = [
    ...entries.flatMap((entry, index) => judgeEntry(entry, index, judge)),
    ...judgeCheckpoint(copy, tree, logKeys),
    ...witnesses.flatMap(({ fault, index }) =>
      fault === undefined ? [] : [logFault(fault, index)],
    ),
  ];
  const fresh = witnesses.some(({ covers }) => covers);
  return {
    ok: bad.length === 0,
    entries: lines.length,
    root: rootOf(tree, lines.length),
    freshness: fresh ? "proved" : "unproved",
    bad,
  };
}

function unreadable(fault: LogFault): LogReport {
  return {
    ok: false,
    entries: 0,
    root: rootOf(treeOf([]), 0),
    freshness: "unproved",
    bad: [fault],
  };
}

type Unreadable = Extract<LogFaultCode, "not_canonical" | "not_an_entry">;

function readLine(line: string): AuditEntry | Unreadable {
  const value = parseCanonical(line);
  if (value === undefined) return "not_canonical";
  return AuditEntry.safeParse(value).data ?? "not_an_entry";
}

function judgeEntry(entry: AuditEntry | Unreadable, index: number, judge: EntryJudge): LogFault[] {
  const codes = typeof entry === "string" ? [entry] : judge(entry, index);
  return codes.map((code) => logFault(code, index));
}

/** Oldest first; the last one is in force, and signs the head. */
function logKeysOf(
  entries: readonly (AuditEntry | Unreadable)[],
  { repo, logKey }: LogCopy,
): readonly Bytes32[] {
  const read = entries.flatMap((entry, index) =>
    typeof entry === "string" ? [] : [[index, entry] as const],
  );
  const [, ...later] = generationsIn(read, repo);
  return [logKey, ...later.map(({ log }) => log)];
}

/** A log key whose generation has ended may be a thief's: it signs no head any more. */
function judgeCheckpoint(
  { checkpoint, repo }: LogCopy,
  tree: MerkleTree,
  logKeys: readonly Bytes32[],
): LogFault[] {
  const head = openCheckpoint(checkpoint, repo, logKeys.slice(-1));
  if (!head.ok) return [logFault("checkpoint")];
  if (head.size !== sizeOf(tree)) return [logFault("checkpoint_size")];
  return head.root === rootOf(tree, head.size) ? [] : [logFault("root")];
}

/** `covers`: nothing of this log is younger than the head it was held against. */
function judgeHead(
  head: LogHead | undefined,
  tree: MerkleTree,
): { readonly fault: LogFaultCode | undefined; readonly covers: boolean } {
  if (head === undefined) return { fault: "against_unreadable", covers: false };
  if (head.size > sizeOf(tree)) return { fault: "truncated", covers: false };
  if (head.root !== rootOf(tree, head.size)) return { fault: "fork", covers: false };
  return { fault: undefined, covers: head.size === sizeOf(tree) };
}

/** The first entry that is another one in the witness's own log, where that is what was signed. */
function differsAt(
  lines: readonly string[],
  witness: Witness,
  head: LogHead | undefined,
): number | null {
  const other = witness.kind === "checkpoint" ? (witness.lines ?? []) : [];
  if (head === undefined || rootOf(treeOf(other), other.length) !== head.root) return null;
  const at = other.findIndex((line, index) => line !== lines[index]);
  return at === -1 ? null : at;
}

function rootOf(tree: MerkleTree, size: number): Digest {
  return asDigest(rootAt(tree, size));
}
