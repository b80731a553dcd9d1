/**
 * Checks of Merkle proofs without the tree (RFC 9162 §2.1.3.2 and §2.1.4.2). The connector makes
 * the same checks. Numbers are halved, not shifted: a size may pass 2^32.
 */
import { EMPTY_ROOT, isPowerOfTwo, nodeHash } from "./merkle.ts";

export interface InclusionClaim {
  readonly leaf: Buffer;
  readonly index: number;
  readonly size: number;
  readonly root: Buffer;
  readonly path: readonly Buffer[];
}

/** The leaf stands at `index` in the tree of `size` leaves with this root. */
export function inclusionHolds({ leaf, index, size, root, path }: InclusionClaim): boolean {
  if (!isCount(size) || !isCount(index) || index >= size) return false;
  let position: Position = { node: index, last: size - 1 };
  let hash = leaf;
  for (const sibling of path) {
    if (position.last === 0) return false;
    if (isRightOrLast(position)) {
      hash = nodeHash(sibling, hash);
      position = whileEven(position);
    } else hash = nodeHash(hash, sibling);
    position = parent(position);
  }
  return position.last === 0 && hash.equals(root);
}

export interface ConsistencyClaim {
  readonly from: number;
  readonly fromRoot: Buffer;
  readonly to: number;
  readonly toRoot: Buffer;
  readonly path: readonly Buffer[];
}

/** The tree of `to` leaves begins with the tree of `from` leaves. */
export function consistencyHolds(claim: ConsistencyClaim): boolean {
  const { from, fromRoot, to, toRoot, path } = claim;
  if (!isCount(from) || !isCount(to) || from > to) return false;
  if (from === 0) return path.length === 0 && fromRoot.equals(EMPTY_ROOT);
  if (from === to) return path.length === 0 && fromRoot.equals(toRoot);
  // A complete old tree is a node of the new one, and its root is left out of the path.
  return growthHolds(claim, isPowerOfTwo(from) ? [fromRoot, ...path] : path);
}

function growthHolds(claim: ConsistencyClaim, [first, ...rest]: readonly Buffer[]): boolean {
  if (first === undefined) return false;
  let position = whileOdd({ node: claim.from - 1, last: claim.to - 1 });
  let [old, grown] = [first, first];
  for (const sibling of rest) {
    if (position.last === 0) return false;
    if (isRightOrLast(position)) {
      old = nodeHash(sibling, old);
      grown = nodeHash(sibling, grown);
      position = whileEven(position);
    } else grown = nodeHash(grown, sibling);
    position = parent(position);
  }
  return position.last === 0 && old.equals(claim.fromRoot) && grown.equals(claim.toRoot);
}

/** A node's index in its level and that of the level's last node: `fn` and `sn` of the RFC. */
interface Position {
  readonly node: number;
  readonly last: number;
}

function isRightOrLast({ node, last }: Position): boolean {
  return node % 2 === 1 || node === last;
}

function parent({ node, last }: Position): Position {
  return { node: Math.floor(node / 2), last: Math.floor(last / 2) };
}

/** Up while the node is a left child: a last node without a sibling is its own parent's hash. */
function whileEven(position: Position): Position {
  let up = position;
  while (up.node > 0 && up.node % 2 === 0) up = parent(up);
  return up;
}

/** Up to the largest complete subtree that ends at the node. */
function whileOdd(position: Position): Position {
  let up = position;
  while (up.node % 2 === 1) up = parent(up);
  return up;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
