import { describe, expect, it } from "vitest";
import { type FileContent, readYaml } from "../../src/contract/yaml-document.ts";

const refusals = (content: FileContent) => {
  const reading = readYaml("x.yml", content);
  if (reading.kind === "read") return [];
  return reading.findings.map(({ line, column, message }) => `${line}:${column} ${message}`);
};
const value = (text: string) => {
  const reading = readYaml("x.yml", text);
  expect(reading.kind === "read" ? [] : reading.findings).toEqual([]);
  return reading.kind === "read" ? reading.document.value : undefined;
};

describe("readYaml", () => {
  it.each<[string, FileContent, string[]]>([
    [
      "an anchor and its alias",
      "a: &x 1\nb: *x",
      ["1:4 anchors (&…) are refused", "2:4 aliases (*…) are refused"],
    ],
    ["a tag", "a: !!str 1", ["1:4 tags (!…) are refused"]],
    ["a tag of its own", "- !php/object x", ["1:3 tags (!…) are refused"]],
    ["a merge key", "<<: { a: 1 }", ["1:1 merge keys (<<) are refused"]],
    ["a quoted merge key", '"<<": 1', ["1:1 merge keys (<<) are refused"]],
    ["a duplicate key", "a: 1\nb: 2\na: 3", ['3:1 duplicate key "a"']],
    ["a duplicate key, written otherwise", 'a: 1\n"a": 3', ['2:1 duplicate key "a"']],
    ["a duplicate key in flow style", "x: { a: 1, a: 2 }", ['1:12 duplicate key "a"']],
    ["__proto__", "a:\n  __proto__: { b: 1 }", ["2:3 the name __proto__ is refused"]],
    ["a directive", "%YAML 1.1\n---\na: 1", ["1:1 directives (%…) are refused"]],
    ["two documents", "a: 1\n---\nb: 2", ["2:1 more than one document"]],
    ["a key that is no text", "? [a]\n: 1", ["1:3 With stringKeys, all keys must be strings"]],
    ["infinity", "a: .inf", ["1:4 not a finite number"]],
    ["a control character", "é: ü😀x\nb: \u0007", ["2:4 control or direction character U+0007"]],
    ["a direction mark", "a: \u202e", ["1:4 control or direction character U+202E"]],
    ["a lone carriage return", "a: 1\rb: 2", ["1:5 control or direction character U+000D"]],
    ["a lone surrogate", "a: \ud800", ["1:1 not valid UTF-8"]],
    ["bytes that are no UTF-8", new Uint8Array([0x61, 0xff]), ["1:1 not valid UTF-8"]],
    ["a tab as indentation", "a:\n\tb: 1", ["2:1 Tabs are not allowed as indentation"]],
  ])("refuses %s, at its place", (_, content, expected) => {
    expect(refusals(content)).toEqual(expected);
  });

  it("counts bytes, not characters, up to 64 KiB", () => {
    const padded = (bytes: number, unit: string, size: number) =>
      `a: "${unit.repeat((bytes - 5) / size)}"`;
    expect(refusals(padded(65_536, "x", 1))).toEqual([]);
    expect(refusals(`${padded(65_536, "x", 1)} `)).toEqual(["1:1 larger than 65536 bytes"]);
    for (const [unit, size] of [
      ["é", 2],
      ["語", 3],
      ["😀", 4],
    ] as const) {
      const bytes = 65_536 - ((65_536 - 5) % size);
      expect(refusals(padded(bytes, unit, size))).toEqual([]);
      expect(refusals(padded(bytes + size, unit, size))).toEqual(["1:1 larger than 65536 bytes"]);
    }
    expect(refusals("x".repeat(2_000_000))).toEqual(["1:1 larger than 65536 bytes"]);
  });

  it.each([
    ["flow lists", (depth: number) => "[".repeat(depth) + "]".repeat(depth)],
    ["flow maps", (depth: number) => "{a: ".repeat(depth) + "}".repeat(depth)],
    ["block lists", (depth: number) => `${"- ".repeat(depth)}x`],
    ["maps of lists", (depth: number) => `- a: ${"[".repeat(depth - 2)}${"]".repeat(depth - 2)}`],
  ])("takes %s 32 deep and no deeper", (_, nested) => {
    expect(refusals(nested(32))).toEqual([]);
    expect(refusals(nested(33))).toEqual([expect.stringContaining("nested deeper than 32")]);
  });

  it("stops at the depth limit without recursion, however deep the text is", () => {
    const started = performance.now();
    expect(refusals("[".repeat(60_000))).toHaveLength(1);
    expect(refusals("- ".repeat(30_000))).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it("stays quick on many keys", () => {
    const keys = Array.from({ length: 8000 }, (_, index) => `${index.toString(36)}: 0`).join("\n");
    const started = performance.now();
    expect(refusals(`---\n${keys}`)).toEqual([]);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it("reads the core schema and nothing else", () => {
    const text =
      "a: yes\nb: 0o17\nc: 12:30\nd: ~\ne: 1.10\nf: 2026-11-24\ng: '007'\nh: 1e3\n1: x\n";
    expect(value(text)).toEqual({
      a: "yes",
      b: 15,
      c: "12:30",
      d: null,
      e: 1.1,
      f: "2026-11-24",
      g: "007",
      h: 1000,
      "1": "x",
    });
    expect(value("")).toBeNull();
    expect(value("# only a comment")).toBeNull();
    expect(value("a: |\n  x\n  y\n")).toEqual({ a: "x\ny\n" });
  });

  it("knows the place of every key and value, also the nearest of what is not there", () => {
    const reading = readYaml("x.yml", "a:\n  - b: 1\n    c: 1.10\nd:\n");
    if (reading.kind === "unreadable") throw new Error("unreadable");
    const { placeOf, placeOfKey, sourceOf } = reading.document;
    expect(placeOf(["a", 0, "c"])).toEqual({ line: 3, column: 8 });
    expect(placeOfKey(["a", 0, "c"])).toEqual({ line: 3, column: 5 });
    expect(placeOf(["a", 0, "x", "y"])).toEqual({ line: 2, column: 5 });
    expect(placeOf(["a", 7])).toEqual({ line: 2, column: 3 });
    expect(placeOf(["d"])).toEqual({ line: 4, column: 1 });
    expect(sourceOf(["a", 0, "c"])).toBe("1.10");
    expect(sourceOf(["a"])).toBeUndefined();
  });
});
