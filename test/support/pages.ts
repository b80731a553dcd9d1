/** The project's pages, for the tests that hold them to the code. */
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "../..");

export interface Page {
  /** From the project's root. */
  readonly path: string;
  readonly text: string;
}

export const readText = (name: string): string => readFileSync(path.join(ROOT, name), "utf8");
export const isThere = (name: string): boolean => existsSync(path.join(ROOT, name));
export const page = (name: string): Page => ({ path: name, text: readText(name) });
export const filesOf = (...patterns: string[]): string[] =>
  globSync(patterns, { cwd: ROOT }).toSorted();

export interface Block {
  readonly language: string;
  readonly text: string;
  /** The comment right before it: `<!-- vector: … -->` gives `vector: …`. */
  readonly label: string | null;
}

const FENCE = /(?:<!-- ([^\n]*) -->\n\n)?^```([a-z]*)\n(.*?)^```$/gmsu;

export function blocksOf({ text }: Page): Block[] {
  return [...text.matchAll(FENCE)].map(([, label, language = "", body = ""]) => ({
    language,
    text: body,
    label: label ?? null,
  }));
}

const withoutBlocks = (text: string): string => text.replaceAll(FENCE, "");

/** Link targets in prose: what stands in `](…)`. */
export function linksOf({ text }: Page): string[] {
  const prose = withoutBlocks(text).replaceAll(/`[^`\n]+`/gu, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/gu)].flatMap(([, to]) => to ?? []);
}

/** What stands between single backticks in prose. */
export function codesOf({ text }: Page): string[] {
  return [...withoutBlocks(text).matchAll(/`([^`\n]+)`/gu)].flatMap(([, code]) => code ?? []);
}

/** Anchors as GitHub makes them of headings. */
export function anchorsOf({ text }: Page): Set<string> {
  const headings = [...withoutBlocks(text).matchAll(/^#+ (.+)$/gmu)].map(
    ([, title]) => title ?? "",
  );
  return new Set(
    headings.map((title) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** The part of a page under a heading, up to the next one of any level. */
export function sectionOf({ text, path: name }: Page, title: string): string {
  const [, after] = text.split(new RegExp(`^#+ ${title}$`, "mu"));
  if (after === undefined) throw new Error(`${name} has no heading "${title}"`);
  return after.split(/^#+ /mu)[0] ?? "";
}

/** First cells of a section's only table, without backticks. */
export function firstColumn(section: string): string[] {
  const rows = [...section.matchAll(/^\| ([^|]+?) +\|/gmu)].flatMap(([, cell]) => cell ?? []);
  return rows.slice(1).flatMap((cell) => (/^-+$/u.test(cell) ? [] : cell.replaceAll("`", "")));
}
