import { describe, expect, it } from "vitest";
import {
  logLines,
  TILE_LINES,
  tileFiles,
  tileLines,
  tileOf,
  tilePath,
} from "../../src/audit/tiles.ts";

const lines = (count: number) => Array.from({ length: count }, (_, index) => `{"n":${index}}`);

describe("tilePath and tileOf", () => {
  it.each([
    [0, "tiles/000/000.jsonl"],
    [1, "tiles/000/001.jsonl"],
    [999, "tiles/000/999.jsonl"],
    [1000, "tiles/001/000.jsonl"],
    [1_000_000, "tiles/1000/000.jsonl"],
  ])("puts tile %i at %s", (tile, path) => {
    expect(tilePath(tile)).toBe(path);
  });
  it("puts 256 lines into each tile", () => {
    expect([0, 255, 256, 511, 512].map(tileOf)).toEqual([0, 0, 1, 1, 2]);
  });
});

describe("tileFiles", () => {
  it("fills tiles from the first on, each line ended by a newline", () => {
    const files = tileFiles(7, lines(TILE_LINES + 1));
    expect([...files.keys()]).toEqual(["tiles/000/007.jsonl", "tiles/000/008.jsonl"]);
    expect(files.get("tiles/000/008.jsonl")).toBe('{"n":256}\n');
    expect(files.get("tiles/000/007.jsonl")?.split("\n")).toHaveLength(TILE_LINES + 1);
  });
  it("writes nothing for no lines", () => {
    expect(tileFiles(0, [])).toEqual(new Map());
  });
});

describe("logLines", () => {
  it.each([0, 1, 255, 256, 257, 512, 700])("gives %i lines back", (count) => {
    expect(logLines([...tileFiles(0, lines(count)).values()])).toEqual(lines(count));
  });
  it.each([
    ["an empty tile", [""]],
    ["no newline at the end", ['{"n":0}']],
    ["an empty line", ["a\n\nb\n"]],
    ["an empty first line", ["\na\n"]],
    ["257 lines in one", [`${lines(257).join("\n")}\n`]],
    ["a short tile that is not the last", ["a\n", "b\n"]],
    ["a full tile, a short one and another", [`${lines(256).join("\n")}\n`, "a\n", "b\n"]],
  ])("refuses %s", (_, tiles) => {
    expect(logLines(tiles)).toBeUndefined();
  });
  it("keeps carriage returns: they belong to the line, and the line is then no entry", () => {
    expect(tileLines("a\r\n")).toEqual(["a\r"]);
  });
});
