/** What the audit branch holds, believed only as far as its signed head says so. */
import { type LogHead, openCheckpoint } from "../audit/checkpoint.ts";
import { generationsIn } from "../audit/generations.ts";
import { rootAt, treeOf } from "../audit/merkle.ts";
import { logLines, TILE_LINES, tilePath } from "../audit/tiles.ts";
import { AuditEntry } from "../contract/audit-entry.ts";
import type { Bytes32, Digest } from "../contract/ids.ts";
import type { Generation } from "../contract/keyset-entry.ts";
import { CountersignError } from "../errors.ts";
import { parseCanonical } from "../signing/canonical.ts";
import { asDigest } from "../signing/digest.ts";
import type { Signer } from "../signing/signer.ts";
import type { AuditBranch } from "./forge-port.ts";
import type { Store } from "./store-port.ts";

export type AuditHead = NonNullable<Awaited<ReturnType<AuditBranch["auditHead"]>>>;

export interface BranchFacts {
  readonly repo: number;
  readonly branch: AuditBranch;
  /** Our log key of a generation, as our seed gives it. */
  readonly signerOf: (gen: number) => Promise<Signer>;
  /**
   * What `countersign.yml` anchors the log with. Asked where the seed is a new one and nothing is
   * kept here: then only these lead to the keys that signed the branch.
   */
  readonly anchors?: () => Promise<Generation | null>;
}

/**
 * The log key that signs a head of this size: that of the newest generation before it. The key of
 * one that has ended may be a thief's, and signs nothing later.
 */
export async function logKeyAt(
  entries: readonly AuditEntry[],
  size: number,
  { signerOf }: Pick<BranchFacts, "signerOf">,
): Promise<Bytes32> {
  const last = entries.findLast(({ kind }, index) => index < size && kind === "generation");
  if (last?.kind === "generation") return last.log;
  const [begin] = entries;
  return begin?.kind === "fleet.bootstrapped" ? begin.log : (await signerOf(1)).x;
}

/** @throws CountersignError `log_mismatch` where the log key did not sign it */
export function openHead(head: AuditHead, repo: number, key: Bytes32): LogHead {
  const opened = openCheckpoint(head.checkpoint, repo, [key]);
  if (opened.ok) return opened;
  throw mismatch("The audit branch's checkpoint is not signed by our log key.");
}

/**
 * All lines of the log, once they are what the head says.
 * @throws CountersignError `log_mismatch`
 */
export async function readBranch(facts: BranchFacts, head: AuditHead): Promise<readonly string[]> {
  const lines = logLines(await tilesOf(facts, head)) ?? [];
  const key = await believedKey(facts, lines.map(readEntry));
  const { size, root } = openHead(head, facts.repo, key);
  if (lines.length !== size || asDigest(rootAt(treeOf(lines), size)) !== root) {
    throw mismatch("The audit branch's tiles do not hold what its checkpoint says.");
  }
  return lines;
}

/** As many as there are: how many there have to be is known once the head is believed. */
async function tilesOf({ branch }: BranchFacts, head: AuditHead): Promise<readonly string[]> {
  const claimed = claimedSize(head);
  const tiles: string[] = [];
  for (let tile = 0; tile * TILE_LINES < claimed; tile += 1) {
    const text = await branch.auditFile(head.commit, tilePath(tile));
    if (text === null) break;
    tiles.push(text);
  }
  return tiles;
}

/** What the checkpoint says, before anything in it is believed. */
export const claimedSize = ({ checkpoint }: AuditHead): number =>
  Number(/^[^\n]*\n(\d{1,15})\n/u.exec(checkpoint)?.[1] ?? 0);

/** Our own, as it should be; else one that the anchors lead to, each recovery key after the other. */
async function believedKey(facts: BranchFacts, entries: readonly AuditEntry[]): Promise<Bytes32> {
  const key = await logKeyAt(entries, entries.length, facts);
  const found = generationsIn(entries.entries(), facts.repo);
  const own = await facts.signerOf(found.at(-1)?.gen ?? 1);
  if (own.x === key) return key;
  const anchors = (await facts.anchors?.()) ?? null;
  const [first] = found;
  const isAnchored = first?.log === anchors?.log && first?.recovery === anchors?.recovery;
  if (anchors !== null && isAnchored && found.at(-1)?.log === key) return key;
  throw mismatch("The audit branch's checkpoint is not signed by our log key.");
}

/** @throws CountersignError `seed_not_in_force` where the seed does not give the log key in force */
export async function signerInForce(
  { signerOf }: Pick<BranchFacts, "signerOf">,
  anchors: Generation | null,
): Promise<Signer> {
  const signer = await signerOf(anchors?.gen ?? 1);
  if (anchors === null || signer.x === anchors.log) return signer;
  throw new CountersignError(
    "seed_not_in_force",
    `The seed is not that of generation ${anchors.gen}, which is in force.`,
    {
      hint: "Hand over the seed of that generation; or, after `countersign keys recover`, merge its keys/<generation>.jsonl.",
    },
  );
}

/** What the branch holds becomes the journal; another process may have been first. */
export async function takeOver(
  facts: BranchFacts & { readonly store: Store },
  head: AuditHead,
): Promise<readonly string[]> {
  const { repo, store } = facts;
  const lines = await readBranch(facts, head);
  try {
    await store.append(repo, 0, { lines });
  } catch (fault) {
    if (!isOvertaken(fault)) throw fault;
    return store.lines(repo, 0);
  }
  return lines;
}

/** Another process wrote the log first. */
export const isOvertaken = (fault: unknown): boolean =>
  fault instanceof CountersignError && fault.code === "log_mismatch";

export function mismatch(message: string): CountersignError {
  return new CountersignError("log_mismatch", message, {
    hint: "Run `countersign audit verify` on a clone. Nothing runs until the log is whole again.",
  });
}

/** Where a plan's text stands on the audit branch. */
export const planPath = (digest: Digest): string => `plans/${digest.slice("sha256:".length)}.json`;

/** A line of the log as the entry that it is. @throws CountersignError `log_unreadable` */
export function readEntry(line: string, index: number): AuditEntry {
  const entry = AuditEntry.safeParse(parseCanonical(line));
  if (entry.success) return entry.data;
  throw new CountersignError("log_unreadable", `Entry ${index} of the audit log is no entry.`, {
    hint: "Run `countersign audit verify` on a clone; a newer version may have written it.",
    cause: entry.error,
  });
}
