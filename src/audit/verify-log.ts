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
import { type MerkleTree, rootAt, sizeOf, treeOf } from "./merkle.ts";
import { logLines } from "./tiles.ts";

export interface LogCopy {
  /** The control repository's numeric id. */
  readonly repo: number;
  /** The first log key, from `countersign.yml`, and those of later generations. */
  readonly logKeys: readonly [Bytes32, ...Bytes32[]];
  readonly checkpoint: string;
  /** The texts of all tiles, in order. */
  readonly tiles: readonly string[];
  readonly against: readonly Witness[];
}

/** A head known from elsewhere. */
export type Witness =
  | { readonly kind: "checkpoint"; readonly text: string }
  /** From something whose signature was checked already, such as a receipt. */
  | ({ readonly kind: "head" } & LogHead);

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
  const judge = entryJudge({ repo: copy.repo, firstLogKey: copy.logKeys[0], tree });
  const witnesses = copy.against.map((witness) => judgeWitness(witness, copy, tree));
  const bad = [
    ...lines.flatMap((line, index) => judgeLine(line, index, judge)),
    ...judgeCheckpoint(copy, tree),
    ...witnesses.flatMap(({ fault }) => (fault === undefined ? [] : [logFault(fault)])),
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

function judgeLine(line: string, index: number, judge: EntryJudge): LogFault[] {
  const value = parseCanonical(line);
  if (value === undefined) return [logFault("not_canonical", index)];
  const { data: entry } = AuditEntry.safeParse(value);
  if (entry === undefined) return [logFault("not_an_entry", index)];
  return judge(entry, index).map((code) => logFault(code, index));
}

function judgeCheckpoint({ checkpoint, repo, logKeys }: LogCopy, tree: MerkleTree): LogFault[] {
  const head = openCheckpoint(checkpoint, repo, logKeys);
  if (!head.ok) return [logFault("checkpoint")];
  if (head.size !== sizeOf(tree)) return [logFault("checkpoint_size")];
  return head.root === rootOf(tree, head.size) ? [] : [logFault("root")];
}

/** `covers`: nothing of this log is younger than the head it was held against. */
function judgeWitness(
  witness: Witness,
  { repo, logKeys }: LogCopy,
  tree: MerkleTree,
): { readonly fault: LogFaultCode | undefined; readonly covers: boolean } {
  const head =
    witness.kind === "head"
      ? { ok: true as const, ...witness }
      : openCheckpoint(witness.text, repo, logKeys);
  if (!head.ok) return { fault: "against_unreadable", covers: false };
  if (head.size > sizeOf(tree)) return { fault: "truncated", covers: false };
  if (head.root !== rootOf(tree, head.size)) return { fault: "fork", covers: false };
  return { fault: undefined, covers: head.size === sizeOf(tree) };
}

function rootOf(tree: MerkleTree, size: number): Digest {
  return asDigest(rootAt(tree, size));
}
