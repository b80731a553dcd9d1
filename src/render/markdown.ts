/**
 * Untrusted text in GitHub's Markdown. Branch names, plugin headers, YAML values and site answers
 * are shown as code or escaped, never interpreted: no links, no mentions, no HTML, no table breaks.
 */

/** As inline code: the only thing that ends it is a run of backticks as long as its fence. */
export function code(text: string): string {
  const shown = oneLine(text);
  const longest = Math.max(0, ...(shown.match(/`+/gu) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = shown.startsWith("`") || shown.endsWith("`") || shown === "" ? " " : "";
  // A pipe would end a table's cell even inside code.
  return `${fence}${pad}${shown.replaceAll("|", "\u2502")}${pad}${fence}`;
}

/** As plain words. */
export function plain(text: string): string {
  return (
    oneLine(text)
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replace(/[\\`*_{}[\]()#+!|~$-]/gu, String.raw`\$&`)
      // GitHub links mentions, issues and addresses in the text that remains after escaping.
      .replace(/[@#](?=\S)/gu, "$&\u2060")
      .replace(/\b(GH)\\-(?=\d)/giu, "$1\u2060\\-")
      .replace(/\b(www)\./giu, "$1&#46;")
      .replace(/:\/\//gu, "&#58;//")
  );
}

/** Control characters and marks that reorder text would show a reviewer something else. */
function oneLine(text: string): string {
  const clean = text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu, "\u25a1");
  // Cut between characters: half a surrogate pair is no text.
  const cut = clean.length > 300 ? `${clean.slice(0, 299)}…` : clean;
  return cut.toWellFormed();
}

export const bold = (markdown: string): string => `**${markdown}**`;

/** `1 site`, `2 sites`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `a, b and c`. */
export function listed(items: readonly string[]): string {
  if (items.length < 2) return items[0] ?? "";
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** As many lines as fit into `budget` characters; what does not fit is counted. */
export function fitted(
  lines: readonly string[],
  given: { readonly budget: number; readonly one: string },
): string {
  const kept: string[] = [];
  let left = given.budget;
  for (const line of lines) {
    left -= line.length + 1;
    if (left < 0) break;
    kept.push(line);
  }
  const missing = lines.length - kept.length;
  if (missing === 0) return kept.join("\n");
  // A line of its own paragraph: inside a table it would be a row.
  return `${kept.join("\n")}\n\n…and ${counted(missing, `more ${given.one}`)}: \`countersign plan\``;
}

/** A part that people open when they want it. */
export function folded(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

export const mark = { passed: "✅", waiting: "⏳", blocked: "❌" } as const;
