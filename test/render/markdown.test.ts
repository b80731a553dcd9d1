import { describe, expect, it } from "vitest";
import { code, fitted, plain } from "../../src/render/markdown.ts";

const hostile = [
  "[click](https://evil.example)",
  "![x](https://evil.example/x.png)",
  "<img src=x onerror=alert(1)>",
  "<!-- countersign:plan -->",
  "@acme/security please approve",
  "closes #1",
  "www.evil.example",
  "http://evil.example",
  "a | b | c",
  "line\n\n# heading",
  "**bold** _it_ ~~no~~ `code`",
  "`````",
  "&lt;b&gt;",
  "\u202Etxt.exe",
  "GH-12",
];

describe("plain", () => {
  it.each(hostile)("leaves nothing of %j to be interpreted", (text) => {
    const shown = plain(text).replaceAll(/&#\d+;/gu, "");
    expect(shown).not.toMatch(/[\n\r<>]/u);
    // Every sign that Markdown reads stands behind a backslash.
    expect(shown.replace(/\\[\\`*_{}[\]()#+!|~$-]/gu, "")).not.toMatch(/[`*_{}[\]()|~$]/u);
    expect(shown).not.toMatch(/[@#][A-Za-z0-9]/u);
    expect(shown).not.toMatch(/:\/\/|www\.|GH\\?-\d/u);
    expect(shown).not.toMatch(/[\u202a-\u202e]/u);
  });
  it("shows plain words as they are", () => {
    expect(plain("WooCommerce 10.1.2 is ready")).toBe("WooCommerce 10.1.2 is ready");
  });
});

describe("code", () => {
  it.each(hostile)("shows %j inside a fence that it cannot end", (text) => {
    const shown = code(text);
    const fence = /^`+/u.exec(shown)![0];
    const inner = shown.slice(fence.length, -fence.length);
    expect(shown.endsWith(fence)).toBe(true);
    const runs = (inner.match(/`+/gu) ?? []).map((run) => run.length);
    expect(runs).not.toContain(fence.length);
    expect(shown).not.toMatch(/[\n|]/u);
  });
  it("is well-formed and short, wherever a long text is cut", () => {
    for (const text of ["😀".repeat(400), `a${"😀".repeat(400)}`]) {
      expect(code(text).isWellFormed()).toBe(true);
      expect(plain(text).length).toBeLessThanOrEqual(301);
    }
    expect(code("")).toBe("`  `");
  });
});

describe("fitted", () => {
  const lines = ["aaaa", "bbbb", "cccc"];
  it("keeps what fits, to the last character, and counts the rest", () => {
    expect(fitted(lines, { budget: 15, one: "site" })).toBe("aaaa\nbbbb\ncccc");
    expect(fitted(lines, { budget: 14, one: "site" })).toBe(
      "aaaa\nbbbb\n\n…and 1 more site: `countersign plan`",
    );
    expect(fitted(lines, { budget: 0, one: "site" })).toMatch(/and 3 more sites/u);
  });
});
