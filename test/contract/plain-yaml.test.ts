import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPlainYaml } from "../../src/contract/plain-yaml.ts";
import { readYaml } from "../../src/contract/yaml-document.ts";

/** The library's reading: a document marker is nothing that the fast reader knows. */
function libraryValue(text: string): unknown {
  const reading = readYaml("x.yml", `---\n${text}`);
  return reading.kind === "read" ? { value: reading.document.value } : "unreadable";
}

/** Whatever the fast reader answers has to be the library's answer. */
function agrees(text: string): boolean {
  const plain = readPlainYaml(text);
  if (plain === undefined) return false;
  expect({ text, ...plain }).toEqual({ text, ...(libraryValue(text) as object) });
  return true;
}

const signs = " :#,{}[]'\"-|>%/&*!?.~_\t\n".split("");
const words =
  "a|b: |c:|key|é|\\|1|0|012|1.0|1.0.0|1.|.5|1e3|0x1|0o7|+1|-1|10%|2fa|null|Null|true|True|false|" +
  "yes|2026-01-01|10:00|https://a.example|__proto__|<<|{a: 1}|[a, b]|\"q\"|'q'|a: 1|a:\n  b: 2\n|" +
  "\n|\n  |\n    |: |, | #|- ";
const pieces = [...signs, ...words.split("|")];
const scrap = fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((all) => all.join(""));

const word = fc.constantFrom(
  "a",
  "b1",
  "c.d",
  "e_f",
  "7",
  "1.10",
  "10.1.2",
  "2026-11-01T10:00:00Z",
);
const scalar = fc.oneof(word, fc.constantFrom('"x # y"', "'a: b'", "Fresh bread daily", "/shop/"));
const flow = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }).map((all) => `[${all.join(", ")}]`),
    fc
      .array(fc.tuple(word, tie("value")), { maxLength: 3 })
      .map((all) => `{ ${all.map(([key, value]) => `${key}: ${value}`).join(", ")} }`),
  ),
})).value;
const line = fc
  .tuple(fc.constantFrom("", "", "  "), fc.option(flow, { nil: "" }))
  .map(([indent, value]) => `${indent}KEY:${value === "" ? "" : ` ${value}`}`);
const file = fc
  .array(fc.oneof(line, fc.constantFrom("", "# note", "  # note")), { maxLength: 9 })
  .map((lines) => lines.map((one, index) => one.replace("KEY", `k${index}`)).join("\n"));

describe("readPlainYaml", () => {
  it("gives what the library gives for any scraps of YAML, or leaves them to it", () => {
    fc.assert(
      fc.property(scrap, (text) => void agrees(`k: ${text}`)),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(scrap, (text) => void agrees(text)),
      { numRuns: 3000 },
    );
  });
  it("gives what the library gives for files that look like ours", () => {
    let read = 0;
    fc.assert(
      fc.property(file, (text) => void (read += Number(agrees(text)))),
      { numRuns: 2000 },
    );
    expect(read).toBeGreaterThan(200);
  });
  it("gives what the library gives after one character of a file was changed", () => {
    const text =
      'url: https://a.example\ndesired:\n  core: { version: "7.1.1" }\n  x: [a, b] # c\n';
    const edit = fc.tuple(fc.nat(text.length), fc.nat(2), fc.constantFrom("", ...pieces));
    fc.assert(
      fc.property(edit, ([at, length, put]) => {
        agrees(text.slice(0, at) + put + text.slice(at + length));
      }),
      { numRuns: 3000 },
    );
  });
  it("counts depth as the library does", () => {
    const nested = (depth: number) => `a: ${"[".repeat(depth)}${"]".repeat(depth)}`;
    expect(agrees(nested(31))).toBe(true);
    expect(readPlainYaml(nested(32))).toBeUndefined();
    expect(libraryValue(nested(32))).toBe("unreadable");
    const blocks = (depth: number) =>
      Array.from({ length: depth }, (_, level) => `${" ".repeat(level)}a:`).join("\n");
    expect(agrees(blocks(32))).toBe(true);
    expect(readPlainYaml(blocks(33))).toBeUndefined();
  });
  it("reads a whole site file without the library", () => {
    const site =
      "url: https://a.example\ntier: production\nlabels: { client: acme }\n# c\ndesired:\n";
    expect(readPlainYaml(`${site}  plugins:\n    a: { version: 1.2.3, state: active }\n`)).toEqual({
      value: {
        url: "https://a.example",
        tier: "production",
        labels: { client: "acme" },
        desired: { plugins: { a: { version: "1.2.3", state: "active" } } },
      },
    });
  });
});
