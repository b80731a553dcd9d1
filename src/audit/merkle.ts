/**
 * The Merkle tree over the log's lines (RFC 6962 §2.1). It only grows; the hashes of complete
 * subtrees are kept, so that appending, a root and a proof cost a logarithm.
 */
import { sha256 } from "../signing/digest.ts";

/** `levels[k][i]` is the hash of the 2^k leaves from i·2^k on. Change it only by `appendLeaf`. */
export interface MerkleTree {
  readonly levels: Buffer[][];
}

export const EMPTY_ROOT: Buffer = sha256(Buffer.alloc(0));

/** A tree of these lines, each without its newline. */
export function treeOf(lines: Iterable<string>): MerkleTree {
  const tree: MerkleTree = { levels: [[]] };
  for (const line of lines) appendLeaf(tree, leafHash(line));
  return tree;
}

export function appendLeaf(tree: MerkleTree, leaf: Buffer): void {
  let hash = leaf;
  for (let level = 0; ; level += 1) {
    const row = (tree.levels[level] ??= []);
    row.push(hash);
    if (row.length % 2 === 1) return;
    hash = nodeHash(at(row, row.length - 2), hash);
  }
}

export function sizeOf(tree: MerkleTree): number {
  return tree.levels[0]?.length ?? 0;
}

// A first byte that differs keeps a leaf from passing as a node: second-preimage resistance.
export function leafHash(line: string): Buffer {
  return sha256(Buffer.concat([Buffer.of(0), Buffer.from(line)]));
}

export function nodeHash(left: Buffer, right: Buffer): Buffer {
  return sha256(Buffer.concat([Buffer.of(1), left, right]));
}

/**
 * The root when the tree had `size` leaves.
 * @throws RangeError where it never had so many.
 */
export function rootAt(tree: MerkleTree, size: number): Buffer {
  assertWithin(tree, size);
  return size === 0 ? EMPTY_ROOT : rangeHash(tree, 0, size);
}

/** RFC 6962 §2.1.1: the path from a leaf to the root of `size` leaves, lowest hash first. */
export function inclusionProof(tree: MerkleTree, index: number, size: number): Buffer[] {
  assertWithin(tree, size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new RangeError(`no leaf ${index} among ${size}`);
  }
  return inclusionPath(tree, { index, start: 0, end: size });
}

/** RFC 6962 §2.1.2: that the tree of `from` leaves is the beginning of the tree of `to`. */
export function consistencyProof(tree: MerkleTree, from: number, to: number): Buffer[] {
  assertWithin(tree, to);
  if (!(from <= to)) throw new RangeError(`${from} is not the beginning of ${to}`);
  if (from === 0 || from === to) return [];
  return consistencyPath(tree, { from, start: 0, end: to });
}

function inclusionPath(
  tree: MerkleTree,
  { index, start, end }: { index: number; start: number; end: number },
): Buffer[] {
  if (end - start === 1) return [];
  const middle = start + splitOf(end - start);
  return index < middle
    ? [...inclusionPath(tree, { index, start, end: middle }), rangeHash(tree, middle, end)]
    : [...inclusionPath(tree, { index, start: middle, end }), rangeHash(tree, start, middle)];
}

/** SUBPROOF of the RFC; its flag `b` is true exactly where the range still begins at 0. */
function consistencyPath(
  tree: MerkleTree,
  { from, start, end }: { from: number; start: number; end: number },
): Buffer[] {
  if (from === end) return start === 0 ? [] : [rangeHash(tree, start, end)];
  const middle = start + splitOf(end - start);
  return from <= middle
    ? [...consistencyPath(tree, { from, start, end: middle }), rangeHash(tree, middle, end)]
    : [...consistencyPath(tree, { from, start: middle, end }), rangeHash(tree, start, middle)];
}

/** The hash of the leaves from `start` to before `end`; every left part is a complete subtree. */
function rangeHash(tree: MerkleTree, start: number, end: number): Buffer {
  const count = end - start;
  if (isPowerOfTwo(count)) return at(tree.levels[Math.log2(count)] ?? [], start / count);
  const middle = start + splitOf(count);
  return nodeHash(rangeHash(tree, start, middle), rangeHash(tree, middle, end));
}

/** The largest power of two smaller than `count`. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/** Exact up to 2^53, where a logarithm is rounded. */
export function isPowerOfTwo(count: number): boolean {
  let rest = count;
  while (rest > 1 && rest % 2 === 0) rest /= 2;
  return rest === 1;
}

function at(row: readonly Buffer[], index: number): Buffer {
  const hash = row[index];
  if (hash === undefined) throw new RangeError(`no hash ${index} in a row of ${row.length}`);
  return hash;
}

function assertWithin(tree: MerkleTree, size: number): void {
  if (Number.isSafeInteger(size) && size >= 0 && size <= sizeOf(tree)) return;
  throw new RangeError(`a tree of ${sizeOf(tree)} leaves never had ${size}`);
}
