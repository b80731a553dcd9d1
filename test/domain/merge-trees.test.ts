import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeTrees } from "../../src/domain/merge-trees.ts";
import { type Files, tree } from "../support/control-tree.ts";

const merge = (base: Files, tip: Files, head: Files) =>
  mergeTrees({ base: tree(base), tip: tree(tip), head: tree(head) });
const merged = (files: Files) => ({ kind: "merged", tree: tree(files) });
const lines = (...words: string[]) => words.map((word) => `${word}\n`).join("");

describe("mergeTrees", () => {
  it("takes the side that changed, path by path", () => {
    const base = { a: "1", b: "1", c: "1", d: "1" };
    const tip = { a: "2", b: "1", c: "1", e: "new" };
    const head = { a: "1", b: "2", d: "1", f: "new" };
    expect(merge(base, tip, head)).toEqual(merged({ a: "2", b: "2", e: "new", f: "new" }));
  });
  it("merges a file that both changed by lines, byte for byte", () => {
    const base = { x: lines("a", "b", "c", "d") };
    const tip = { x: lines("A", "b", "c", "d") };
    const head = { x: "a\nb\nc\nD" };
    expect(merge(base, tip, head)).toEqual(merged({ x: "A\nb\nc\nD" }));
  });
  it("finds no conflict where both sides did the same", () => {
    expect(merge({ x: "1" }, { x: "2" }, { x: "2" })).toEqual(merged({ x: "2" }));
    expect(merge({ x: "1" }, {}, {})).toEqual(merged({}));
    const both = { x: lines("a", "B", "c", "D") };
    const one = { x: lines("a", "B", "c", "d") };
    expect(merge({ x: lines("a", "b", "c", "d") }, both, one)).toEqual(merged(both));
  });
  it.each<[string, Files, Files, Files]>([
    ["the same line", { x: "a\n" }, { x: "b\n" }, { x: "c\n" }],
    ["an edit and a deletion", { x: "a\n" }, { x: "b\n" }, {}],
    ["a deletion and an edit", { x: "a\n" }, {}, { x: "b\n" }],
    ["two different new files", {}, { x: "a\n" }, { x: "b\n" }],
    ["bytes that are no text", { x: "a" }, { x: new Uint8Array([255]) }, { x: "b" }],
  ])("reports a conflict of %s", (_, base, tip, head) => {
    expect(merge({ ...base, z: "1" }, { ...tip, z: "2" }, { ...head, z: "1" })).toEqual({
      kind: "conflict",
      paths: ["x"],
    });
  });
  it("reports a file where the other side has a folder", () => {
    expect(merge({}, { "a/b/c": "1" }, { "a/b": "1" })).toEqual({
      kind: "conflict",
      paths: ["a/b/c"],
    });
  });
  it("compares bytes by value", () => {
    const [one, same, other] = [
      [255, 0],
      [255, 0],
      [255, 1],
    ].map((all) => new Uint8Array(all));
    expect(merge({ x: one! }, { x: "t" }, { x: same! })).toEqual(merged({ x: "t" }));
    expect(merge({ x: one! }, { x: same! }, { x: other! })).toEqual(merged({ x: other! }));
    const longer = new Uint8Array([255, 0, 0]);
    expect(merge({ x: one! }, { x: same! }, { x: longer })).toEqual(merged({ x: longer }));
  });
  it("is symmetric, and gives a side back that alone changed", () => {
    const file = fc.option(fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 5 }), {
      nil: null,
    });
    const side = fc.record({ x: file, y: file }).map(({ x, y }) => ({
      x: x === null ? null : lines(...x),
      y: y === null ? null : lines(...y),
    }));
    fc.assert(
      fc.property(side, side, side, (base, tip, head) => {
        expect(merge(base, tip, head)).toEqual(merge(base, head, tip));
        expect(merge(base, tip, base)).toEqual(merged(tip));
        expect(merge(base, base, head)).toEqual(merged(head));
      }),
    );
  });
});
