/**
 * A bundle proves some entries of a log to somebody who has nothing else: each stands in the tree
 * whose head is signed, each receipt is its site's, each action was authorised. What the log says
 * beside them it does not tell.
 */
import { AuditEntry } from "../contract/audit-entry.ts";
import type { Bytes32, Digest } from "../contract/ids.ts";
import type { BundledEntry, LogBundle } from "../contract/log-bundle.ts";
import { parseCanonical } from "../signing/canonical.ts";
import { digestOfText, hashOf } from "../signing/digest.ts";
import { type LogHead, openCheckpoint } from "./checkpoint.ts";
import { entryJudge } from "./entry-judge.ts";
import { type LogFault, logFault } from "./faults.ts";
import { generationsIn } from "./generations.ts";
import { consistencyProof, inclusionProof, leafHash, sizeOf, treeOf } from "./merkle.ts";
import { consistencyHolds, inclusionHolds } from "./merkle-check.ts";
import { headOf } from "./witness.ts";

export interface BundleFacts {
  readonly repo: number;
  readonly log: Bytes32;
  /** Signed, over all lines. */
  readonly checkpoint: string;
  readonly lines: readonly string[];
  readonly entries: readonly AuditEntry[];
  /** Which to take: the bootstrap and the pairings of their sites come along. */
  readonly indices: readonly number[];
  readonly texts: ReadonlyMap<Digest, string>;
}

/** Of a log that verifies. */
export function makeBundle(facts: BundleFacts): LogBundle {
  const { repo, log, checkpoint, lines, texts } = facts;
  const tree = treeOf(lines);
  const size = sizeOf(tree);
  const pairings = facts.entries.filter((entry) => entry.kind === "pairing");
  const ground = withGround(facts);
  const entries = lines.flatMap((line, index): BundledEntry | [] => {
    if (!ground.has(index)) return [];
    const entry = facts.entries[index];
    const inclusion = inclusionProof(tree, index, size).map(hex);
    const taken = { inclusion, index, line };
    if (entry?.kind !== "receipt" && entry?.kind !== "generation") return taken;
    const witness = { kind: "receipt", token: entry.token } as const;
    const signed = headOf(witness, { repo, logKeys: [log], pairings })?.size ?? 0;
    const seen = entry.kind === "generation" ? entry.size : signed;
    return { consistency: consistencyProof(tree, seen, size).map(hex), ...taken };
  });
  return { checkpoint, entries, log, repo, texts: Object.fromEntries(texts), version: 1 };
}

/** What they stand on comes along: the keys of log and sites, and what authorised a receipt. */
function withGround({ entries, indices }: BundleFacts): ReadonlySet<number> {
  const asked = new Set(indices);
  const sites = new Set<string>();
  const subs = new Set<string>();
  for (const index of asked) {
    const entry = entries[index];
    if (entry?.kind === "receipt" || entry?.kind === "sent") {
      sites.add(entry.site);
      subs.add(entry.sub);
    }
  }
  const ground = entries.flatMap((entry, index) => {
    const isGround =
      entry.kind === "fleet.bootstrapped" ||
      entry.kind === "generation" ||
      (entry.kind === "pairing" && sites.has(entry.site)) ||
      (entry.kind === "authorised" && subs.has(entry.sub));
    return isGround ? index : [];
  });
  return new Set([...asked, ...ground]);
}

export interface BundleReport {
  readonly ok: boolean;
  readonly entries: readonly AuditEntry[];
  readonly head: LogHead | null;
  /** Whether the reader named the log's key; else `log` has to be compared by hand. */
  readonly anchor: "proved" | "unproved";
  readonly bad: readonly LogFault[];
}

/** @param anchor the log key that the reader trusts; `null` where none was given */
export function verifyBundle(bundle: LogBundle, anchor: Bytes32 | null): BundleReport {
  const opened = openCheckpoint(bundle.checkpoint, bundle.repo, [logKeyOf(bundle)]);
  const head: LogHead | null = opened.ok ? { size: opened.size, root: opened.root } : null;
  const entries = bundle.entries.map(({ line }) => AuditEntry.safeParse(parseCanonical(line)).data);
  const bad = [
    ...(anchor === null || anchor === bundle.log ? [] : [logFault("bundle_key")]),
    ...(head === null ? [logFault("checkpoint")] : judgeEntries(bundle, entries, head)),
    ...judgeTexts(bundle),
  ];
  return {
    ok: bad.length === 0,
    entries: entries.flatMap((entry) => entry ?? []),
    head,
    anchor: anchor === null ? "unproved" : "proved",
    bad,
  };
}

/** Of the newest generation that the bundle itself leads to. */
function logKeyOf({ entries, log, repo }: LogBundle): Bytes32 {
  const read = entries.flatMap(({ index, line }) => {
    const entry = AuditEntry.safeParse(parseCanonical(line)).data;
    return entry === undefined ? [] : [[index, entry] as const];
  });
  const [, ...later] = generationsIn(read, repo);
  return later.at(-1)?.log ?? log;
}

function judgeEntries(
  { repo, log, entries: bundled }: LogBundle,
  entries: readonly (AuditEntry | undefined)[],
  head: LogHead,
): LogFault[] {
  const paths = new Map(
    bundled.flatMap(({ index, consistency }) =>
      consistency === undefined ? [] : [[index, consistency] as const],
    ),
  );
  const knewHead = (seen: LogHead, index: number) =>
    seen.size <= index && isBeginning(seen, head, paths.get(index) ?? []);
  const judge = entryJudge({ repo, firstLogKey: log, knewHead });
  if (bundled[0]?.index !== 0) return [logFault("not_bootstrapped", 0)];
  return bundled.flatMap((one, at) => {
    const { index } = one;
    const before = bundled[at - 1];
    if (before !== undefined && index <= before.index) return [logFault("bundle_order", index)];
    if (!isIncluded(one, head)) return [logFault("bundle_proof", index)];
    const entry = entries[at];
    if (entry === undefined) return [logFault("not_an_entry", index)];
    return judge(entry, index).map((code) => logFault(code, index));
  });
}

function isIncluded({ line, index, inclusion }: BundledEntry, { size, root }: LogHead): boolean {
  const path = inclusion.map(bytes);
  return inclusionHolds({ leaf: leafHash(line), index, size, root: hashOf(root), path });
}

function isBeginning(seen: LogHead, head: LogHead, path: readonly string[]): boolean {
  return consistencyHolds({
    from: seen.size,
    fromRoot: hashOf(seen.root),
    to: head.size,
    toRoot: hashOf(head.root),
    path: path.map(bytes),
  });
}

function judgeTexts({ texts }: LogBundle): LogFault[] {
  const isWrong = Object.entries(texts).some(([digest, text]) => digestOfText(text) !== digest);
  return isWrong ? [logFault("bundle_text")] : [];
}

const hex = (hash: Buffer): string => hash.toString("hex");
const bytes = (hash: string): Buffer => Buffer.from(hash, "hex");
