/** Writes connector/languages/countersign.pot: every text that the connector shows, for translators. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const folder = path.join(root, "connector");

/** A call of one of WordPress's functions for translation, as it stands in a file. */
export interface TranslatedText {
  /** Path below the connector's folder, and line from 1. */
  readonly place: string;
  /** The text, and its plural where it has one. */
  readonly forms: readonly string[];
  /** Undefined where none is named as a plain text. */
  readonly domain: string | undefined;
  /** What a `translators:` comment on the line before says. */
  readonly hint: string | undefined;
}

const STRING = String.raw`'((?:[^'\\]|\\.)*)'`;
const CALL =
  /\b(?<name>__|_e|_x|_n|_nx|esc_html__|esc_html_e|esc_html_x|esc_attr__|esc_attr_e|esc_attr_x)\( /gu;
const ARGUMENT = new RegExp(`^${STRING}`, "u");
const PLURAL = new RegExp(`^, ${STRING}, [^,()]+(?=,)`, "u");
const DOMAIN = new RegExp(`^, ${STRING} \\)`, "u");
const HINT = /\/\* translators: (?<hint>.+?) \*\/\s*$/u;

const unescaped = (text: string): string => text.replaceAll(/\\(['\\])/gu, "$1");

function textsOfFile(name: string): TranslatedText[] {
  const php = readFileSync(path.join(folder, name), "utf8");
  return [...php.matchAll(CALL)].map((call) => {
    const start = call.index + call[0].length;
    let rest = php.slice(start);
    const line = php.slice(0, start).split("\n").length;
    const take = (pattern: RegExp): string | undefined => {
      const match = pattern.exec(rest);
      rest = rest.slice(match?.[0].length ?? 0);
      return match?.[1] === undefined ? undefined : unescaped(match[1]);
    };
    const single = take(ARGUMENT);
    const plural = call.groups?.["name"] === "_n" ? take(PLURAL) : undefined;
    const before = php.slice(0, php.lastIndexOf("\n", start));
    return {
      place: `${name}:${line}`,
      forms: [single, plural].filter((form) => form !== undefined),
      domain: take(DOMAIN),
      hint: HINT.exec(before)?.groups?.["hint"],
    };
  });
}

/** All calls, by file and line. */
export function translatedTexts(): readonly TranslatedText[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => name.split(path.sep).join("/"))
    .filter((name) => name.endsWith(".php"))
    .toSorted((a, b) => (a < b ? -1 : 1))
    .flatMap(textsOfFile);
}

const quoted = (text: string): string =>
  `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;

const entry = (forms: readonly string[], texts: readonly TranslatedText[]): string => {
  const [single = "", plural] = forms;
  const hints = new Set(texts.flatMap(({ hint }) => (hint === undefined ? [] : [hint])));
  return [
    ...[...hints].map((hint) => `#. translators: ${hint}`),
    ...new Set(texts.map(({ place }) => `#: ${place.replace(/:\d+$/u, "")}`)),
    ...(/%[\d$]*[sd]/u.test(single) ? ["#, php-format"] : []),
    `msgid ${quoted(single)}`,
    ...(plural === undefined
      ? ['msgstr ""']
      : [`msgid_plural ${quoted(plural)}`, 'msgstr[0] ""', 'msgstr[1] ""']),
  ].join("\n");
};

/** The whole template, the same for the same sources. */
export function potText(): string {
  const header = [
    "# Copyright (C) the authors of Countersign. Licensed as the plugin is: GPL-2.0-or-later.",
    'msgid ""',
    'msgstr ""',
    '"Project-Id-Version: Countersign\\n"',
    '"MIME-Version: 1.0\\n"',
    '"Content-Type: text/plain; charset=UTF-8\\n"',
    '"Content-Transfer-Encoding: 8bit\\n"',
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"',
    '"X-Domain: countersign\\n"',
  ].join("\n");
  const groups = Map.groupBy(translatedTexts(), ({ forms }) => forms.join("\u0000"));
  const entries = [...groups.values()].map((texts) => entry(texts[0]?.forms ?? [], texts));
  return `${[header, ...entries].join("\n\n")}\n`;
}

if (process.argv[1] === import.meta.filename) {
  mkdirSync(path.join(folder, "languages"), { recursive: true });
  writeFileSync(path.join(folder, "languages/countersign.pot"), potText());
}
