/**
 * Changes to a site file's text that keep everything else of it: comments, order, spacing. Whoever
 * writes a proposal for people uses these; the result is read again like any other text.
 */
import { isScalar, parseDocument } from "yaml";
import type { Version } from "./ids.ts";

/** One place of the file and what is to stand there; `undefined` removes it. */
export interface SiteFileEdit {
  readonly path: readonly string[];
  readonly value: EditedValue | undefined;
}
export type EditedValue = string | number | boolean | { readonly [name: string]: EditedValue };

/** `null` where the text is no YAML mapping that could be edited. */
export function editSiteFile(text: string, edits: readonly SiteFileEdit[]): string | null {
  const document = parseDocument(text, { keepSourceTokens: false });
  if (document.errors.length > 0) return null;
  try {
    for (const { path, value } of edits) {
      if (value === undefined) document.deleteIn(path);
      else document.setIn(path, document.createNode(value));
    }
  } catch {
    return null; // a scalar stands where a mapping was expected
  }
  return document.toString({ lineWidth: 0 });
}

/**
 * Puts other versions where scalars stand, and changes no other character of the file. `null` where
 * the text is no YAML, or has no scalar at one of the places.
 */
export function replaceScalars(
  text: string,
  edits: readonly { readonly path: readonly string[]; readonly value: Version }[],
): string | null {
  const document = parseDocument(text);
  if (document.errors.length > 0) return null;
  const cuts = edits.map(({ path, value }) => {
    const node: unknown = document.getIn(path, true);
    if (!isScalar(node) || !node.range) return null;
    const [start, end] = node.range;
    return { start, end, text: scalarText(value, text[start] === "'" ? "'" : '"', node.type) };
  });
  let result = text;
  for (const cut of cuts.toSorted((a, b) => (b?.start ?? 0) - (a?.start ?? 0))) {
    if (cut === null) return null;
    result = result.slice(0, cut.start) + cut.text + result.slice(cut.end);
  }
  return result;
}

/** Plain only where it was plain and cannot be taken for a number. */
function scalarText(value: Version, quote: string, type: string | undefined): string {
  const isPlain = type === "PLAIN" && /^\d+(\.\d+){2,}$/u.test(value);
  return isPlain ? value : quote + value + quote;
}
