import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compareText } from "../src/contract/finding.ts";

const source = readFileSync(new URL("../src/errors.ts", import.meta.url), "utf8");
const page = readFileSync(new URL("../docs/errors.md", import.meta.url), "utf8");

/** The members of the union `ErrorCode`. */
const codes = [...(/type ErrorCode =([^;]*);/u.exec(source)?.[1] ?? "").matchAll(/"([a-z_]+)"/gu)];
const sections = page.split(/^## /mu).slice(1);

describe("docs/errors.md", () => {
  it("has one heading for each code of src/errors.ts, in order", () => {
    const headings = sections.map((section) => /^`([a-z_]+)`\n/u.exec(section)?.[1]);
    expect(codes.length).toBeGreaterThan(10);
    expect(headings).toEqual(codes.flatMap(([, code]) => code ?? []).toSorted(compareText));
  });
  it.each(sections.map((section) => [section.split("\n", 1)[0], section]))(
    "says of %s what happened, where it is seen, and what to do",
    (_heading, section) => {
      for (const part of ["What happened", "Where it is seen", "What to do"]) {
        expect(section).toMatch(new RegExp(`^\\*\\*${part}\\.\\*\\* \\S.{20,}`, "mu"));
      }
    },
  );
});
