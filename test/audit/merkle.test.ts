import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  consistencyProof,
  EMPTY_ROOT,
  inclusionProof,
  isPowerOfTwo,
  leafHash,
  nodeHash,
  rootAt,
  sizeOf,
  treeOf,
} from "../../src/audit/merkle.ts";
import { consistencyHolds, inclusionHolds } from "../../src/audit/merkle-check.ts";

// RFC 6962 §2.1 once more, as it is written: recursive, from the leaves each time.
const sha = (...parts: Uint8Array[]) => createHash("sha256").update(Buffer.concat(parts)).digest();
const split = (n: number) => 2 ** Math.floor(Math.log2(n - 1));
function MTH(D: readonly string[]): Buffer {
  if (D.length === 0) return sha();
  if (D.length === 1) return sha(Buffer.of(0), Buffer.from(D[0]!));
  const k = split(D.length);
  return sha(Buffer.of(1), MTH(D.slice(0, k)), MTH(D.slice(k)));
}
function PATH(m: number, D: readonly string[]): Buffer[] {
  if (D.length === 1) return [];
  const k = split(D.length);
  return m < k
    ? [...PATH(m, D.slice(0, k)), MTH(D.slice(k))]
    : [...PATH(m - k, D.slice(k)), MTH(D.slice(0, k))];
}
function SUBPROOF(m: number, D: readonly string[], b: boolean): Buffer[] {
  if (m === D.length) return b ? [] : [MTH(D)];
  const k = split(D.length);
  return m <= k
    ? [...SUBPROOF(m, D.slice(0, k), b), MTH(D.slice(k))]
    : [...SUBPROOF(m - k, D.slice(k), false), MTH(D.slice(0, k))];
}

const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`);
const ALL = lines(260);
const tree = treeOf(ALL);
const root = (size: number) => rootAt(tree, size);

/** A size and something up to it. */
const sizes = fc
  .integer({ min: 1, max: 260 })
  .chain((size) => fc.tuple(fc.constant(size), fc.integer({ min: 0, max: size })));

describe("the Merkle tree", () => {
  it("has the root of RFC 6962 at every size it ever had", () => {
    for (let size = 0; size <= 70; size += 1) {
      expect(root(size)).toEqual(MTH(ALL.slice(0, size)));
      expect(rootAt(treeOf(ALL.slice(0, size)), size)).toEqual(root(size));
    }
    expect(root(260)).toEqual(MTH(ALL));
    expect(sizeOf(tree)).toBe(260);
    expect(sizeOf({ levels: [] })).toBe(0);
  });
  it("agrees with the reference vectors of Certificate Transparency", () => {
    const leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"];
    leaves.push("606162636465666768696a6b6c6d6e6f");
    const reference = treeOf(leaves.map((hex) => Buffer.from(hex, "hex").toString("latin1")));
    expect(rootAt(reference, 1).toString("hex")).toBe(
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    );
    expect(rootAt(reference, 8).toString("hex")).toBe(
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    );
  });
  it("gives the proofs of RFC 6962", () => {
    fc.assert(
      fc.property(sizes, ([size, upTo]) => {
        const D = ALL.slice(0, size);
        const index = Math.min(upTo, size - 1);
        expect(inclusionProof(tree, index, size)).toEqual(PATH(index, D));
        const consistency = upTo === 0 ? [] : SUBPROOF(upTo, D, true);
        expect(consistencyProof(tree, upTo, size)).toEqual(consistency);
      }),
    );
  });
  it.each([
    () => rootAt(tree, 261),
    () => rootAt(tree, -1),
    () => rootAt(tree, 1.5),
    () => rootAt(tree, Number.NaN),
    () => inclusionProof(tree, 5, 5),
    () => inclusionProof(tree, -1, 5),
    () => inclusionProof(tree, Number.NaN, 5),
    () => consistencyProof(tree, 6, 5),
    () => consistencyProof(tree, Number.NaN, 5),
    () => consistencyProof(tree, -1, 5),
    () => rootAt({ levels: [[leafHash("a"), leafHash("b")]] }, 2),
  ])("throws for what it never had: %s", (ask) => {
    expect(ask).toThrow(RangeError);
  });
  it("knows a power of two up to the largest size", () => {
    expect([0, 1, 2, 3, 4, 6].map(isPowerOfTwo)).toEqual([false, true, true, false, true, false]);
    expect(isPowerOfTwo(2 ** 52)).toBe(true);
    expect(isPowerOfTwo(Number.MAX_SAFE_INTEGER)).toBe(false);
  });
});

const inclusion = (index: number, size: number) => ({
  leaf: leafHash(ALL[index]!),
  index,
  size,
  root: root(size),
  path: inclusionProof(tree, index, size),
});
const consistency = (from: number, to: number) => ({
  from,
  fromRoot: root(from),
  to,
  toRoot: root(to),
  path: consistencyProof(tree, from, to),
});
const flipped = (hash: Buffer) => Buffer.from(hash.map((byte, at) => (at === 7 ? byte ^ 1 : byte)));

describe("inclusionHolds", () => {
  it("holds for every line of every tree, and only at its own place", () => {
    for (let size = 1; size <= 40; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const claim = inclusion(index, size);
        expect(inclusionHolds(claim)).toBe(true);
        for (let other = 0; other < size; other += 1) {
          expect(inclusionHolds({ ...claim, index: other })).toBe(other === index);
        }
      }
    }
  });
  it("fails with any part changed", () => {
    fc.assert(
      fc.property(sizes, fc.nat(), ([size, upTo], at) => {
        const claim = inclusion(Math.min(upTo, size - 1), size);
        expect(inclusionHolds({ ...claim, leaf: flipped(claim.leaf) })).toBe(false);
        expect(inclusionHolds({ ...claim, root: flipped(claim.root) })).toBe(false);
        expect(inclusionHolds({ ...claim, path: [...claim.path, claim.leaf] })).toBe(false);
        if (claim.path.length === 0) return;
        const place = at % claim.path.length;
        const path = claim.path.with(place, flipped(claim.path[place]!));
        expect(inclusionHolds({ ...claim, path })).toBe(false);
        expect(inclusionHolds({ ...claim, path: claim.path.toSpliced(place, 1) })).toBe(false);
      }),
    );
  });
  it.each([
    { index: 1 },
    { index: 5, size: 5 },
    { index: -1 },
    { index: 0.5 },
    { size: 0 },
    { size: Number.NaN },
    { size: 2 ** 53 },
  ])("fails for %o", (over) => {
    expect(inclusionHolds({ ...inclusion(0, 1), ...over })).toBe(false);
  });
  it("ends where the tree ends: no root above the root", () => {
    const claim = inclusion(2, 4);
    const above = nodeHash(EMPTY_ROOT, claim.root);
    const longer = { ...claim, path: [...claim.path, EMPTY_ROOT], root: above };
    expect(inclusionHolds(longer)).toBe(false);
    const grown = consistency(4, 8);
    const taller = {
      ...grown,
      path: [...grown.path, EMPTY_ROOT],
      fromRoot: nodeHash(EMPTY_ROOT, grown.fromRoot),
      toRoot: nodeHash(EMPTY_ROOT, grown.toRoot),
    };
    expect(consistencyHolds(taller)).toBe(false);
    const last = consistency(3, 4);
    const higher = {
      ...last,
      path: [...last.path, EMPTY_ROOT],
      fromRoot: nodeHash(EMPTY_ROOT, last.fromRoot),
      toRoot: nodeHash(EMPTY_ROOT, last.toRoot),
    };
    expect(consistencyHolds(higher)).toBe(false);
  });
  it("keeps a node from passing as a leaf", () => {
    const [left, right] = [leafHash(ALL[0]!), leafHash(ALL[1]!)];
    const node = Buffer.concat([left, right]).toString("latin1");
    expect(inclusionHolds({ ...inclusion(0, 1), leaf: leafHash(node), root: root(2) })).toBe(false);
  });
});

describe("consistencyHolds", () => {
  it("holds between any two heads of one log", () => {
    for (let to = 0; to <= 40; to += 1) {
      for (let from = 0; from <= to; from += 1) {
        expect(consistencyHolds(consistency(from, to))).toBe(true);
      }
    }
  });
  it("fails for a log that changed any line before the older head", () => {
    fc.assert(
      fc.property(sizes, fc.nat(), ([to, from], at) => {
        fc.pre(from > 0);
        const changed = ALL.with(at % from, "another line");
        const other = treeOf(changed.slice(0, to));
        const path = consistencyProof(other, from, to);
        const claim = { ...consistency(from, to), toRoot: rootAt(other, to), path };
        expect(consistencyHolds(claim)).toBe(false);
      }),
    );
  });
  it("fails with any part changed", () => {
    fc.assert(
      fc.property(sizes, fc.nat(), ([to, from], at) => {
        const claim = consistency(from, to);
        expect(consistencyHolds({ ...claim, fromRoot: flipped(claim.fromRoot) })).toBe(false);
        expect(consistencyHolds({ ...claim, path: [...claim.path, EMPTY_ROOT] })).toBe(false);
        if (from > 0) {
          expect(consistencyHolds({ ...claim, toRoot: flipped(claim.toRoot) })).toBe(false);
        }
        if (claim.path.length === 0) return;
        const place = at % claim.path.length;
        const path = claim.path.with(place, flipped(claim.path[place]!));
        expect(consistencyHolds({ ...claim, path })).toBe(false);
        expect(consistencyHolds({ ...claim, path: claim.path.toSpliced(place, 1) })).toBe(false);
      }),
    );
  });
  it.each([
    { from: 3, to: 2 },
    { from: -1 },
    { from: 1.5 },
    { to: Number.POSITIVE_INFINITY },
    { from: 3, to: 5, path: [] },
    { from: 2, to: 5, path: [] },
  ])("fails for %o", (over) => {
    expect(consistencyHolds({ ...consistency(2, 2), ...over })).toBe(false);
  });
});
