/**
 * Changes to a site file's text that keep everything else of it: comments, order, spacing. Whoever
 * writes a proposal for people uses these; the result is read again like any other text.
 */
import { parseDocument } from "yaml";

/** One place of the file and what is to stand there; `undefined` removes it. */
export interface SiteFileEdit {
  readonly path: readonly string[];
  readonly value: string | number | boolean | Readonly<Record<string, string>> | undefined;
}

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
