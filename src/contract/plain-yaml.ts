/**
 * A fast reader for the plainest YAML: nested block mappings, one-line flow collections, simple
 * scalars, comments. It either gives exactly the value that the library gives, or `undefined`,
 * and then the library reads the text: for errors, places and everything less plain. A property
 * test holds the two equal.
 */

/** The value of a plain text, boxed; `undefined` where the library has to look. */
export function readPlainYaml(text: string): { readonly value: Mapping } | undefined {
  const root: Mapping = {};
  const open: Level[] = [{ indent: 0, mapping: root }];
  let pending: Pending | undefined;
  let lines = 0;
  for (const line of text.split("\n")) {
    if (IGNORED.test(line)) continue;
    const entry = ENTRY.exec(line);
    const [, spaces = "", key = "", rest = ""] = entry ?? [];
    const level = entry === null ? undefined : levelFor(open, pending, spaces.length);
    if (level === undefined || isRefusedKey(key, level.mapping)) return undefined;
    const value = rest === "" ? null : valueOf(rest, open.length);
    if (value === undefined) return undefined;
    level.mapping[key] = value;
    pending = { key, mapping: level.mapping, nests: rest === "" };
    lines += 1;
  }
  return lines === 0 ? undefined : { value: root };
}

type Value = string | number | boolean | null | readonly Value[] | Mapping;
interface Mapping {
  [key: string]: Value;
}

interface Level {
  readonly indent: number;
  readonly mapping: Mapping;
}

/** The entry before this line; it may turn out to hold a nested mapping. */
interface Pending {
  readonly key: string;
  readonly mapping: Mapping;
  readonly nests: boolean;
}

const MAX_DEPTH = 32;
const IGNORED = /^(?: *#[^\t]*)?$/u;
const ENTRY = /^( *)([A-Za-z0-9_][A-Za-z0-9_.-]*):(?: +([^ \t][^\t]*))?$/u;

/** The mapping that a line of this indentation belongs to. */
function levelFor(open: Level[], pending: Pending | undefined, indent: number): Level | undefined {
  while ((open.at(-1)?.indent ?? -1) > indent) open.pop();
  const top = open.at(-1);
  if (top?.indent === indent) return top;
  if (pending === undefined || !pending.nests || pending.mapping !== top?.mapping) return undefined;
  if (open.length >= MAX_DEPTH) return undefined;
  const level: Level = { indent, mapping: {} };
  pending.mapping[pending.key] = level.mapping;
  open.push(level);
  return level;
}

function isRefusedKey(key: string, mapping: Mapping): boolean {
  return key === "__proto__" || Object.hasOwn(mapping, key);
}

const COMMENT = /^ +#/u;

/**
 * A fleet writes `{ version: 1.2.3, state: active }` in a thousand files: it is read once, and
 * nobody changes what was read.
 */
const recent = new Map<string, Value | undefined>();
const MAX_RECENT = 5000;

function valueOf(text: string, depth: number): Value | undefined {
  const key = `${depth} ${text}`;
  if (recent.has(key)) return recent.get(key);
  const value = readValue(text, depth);
  if (recent.size >= MAX_RECENT) recent.clear();
  recent.set(key, value);
  return value;
}

/** A value up to the end of its line or a comment. */
function readValue(text: string, depth: number): Value | undefined {
  const scan: Scan = { text, at: 0 };
  const value = nextValue(scan, { depth, word: BLOCK_TEXT });
  const rest = text.slice(scan.at);
  return rest === "" || COMMENT.test(rest) ? value : undefined;
}

interface Scan {
  readonly text: string;
  at: number;
}

interface Context {
  readonly depth: number;
  readonly word: RegExp;
}

const QUOTED = /"([^"\\]*)"|'([^']*)'(?!')/uy;
/** Words without a sign that means anything in YAML; a colon only inside a word. */
const BLOCK_TEXT = /[A-Za-z0-9/](?:[A-Za-z0-9._/+%-]|:(?=[A-Za-z0-9._/+%-])| (?=[A-Za-z0-9]))*/uy;
const FLOW_TEXT = /[A-Za-z0-9/](?:[A-Za-z0-9._/+%-]| (?=[A-Za-z0-9]))*/uy;

function nextValue(scan: Scan, context: Context): Value | undefined {
  const first = scan.text[scan.at];
  if (first === "{") return nextMapping(scan, context.depth + 1);
  if (first === "[") return nextList(scan, context.depth + 1);
  const quoted = take(scan, QUOTED);
  if (quoted !== undefined) return quoted[1] ?? quoted[2];
  const plain = take(scan, context.word);
  return plain === undefined ? undefined : scalar(plain[0]);
}

function take(scan: Scan, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = scan.at;
  const match = pattern.exec(scan.text);
  if (match === null) return undefined;
  scan.at = pattern.lastIndex;
  return match;
}

const SPACES = / */uy;
const KEY = /([A-Za-z0-9_][A-Za-z0-9_.-]*): +/uy;

function nextMapping(scan: Scan, depth: number): Mapping | undefined {
  const mapping: Mapping = {};
  const done = nextItems(scan, "}", () => {
    const [, key = ""] = take(scan, KEY) ?? [];
    if (key === "" || isRefusedKey(key, mapping)) return false;
    const value = nextValue(scan, { depth, word: FLOW_TEXT });
    if (value === undefined) return false;
    mapping[key] = value;
    return true;
  });
  return done && depth <= MAX_DEPTH ? mapping : undefined;
}

function nextList(scan: Scan, depth: number): readonly Value[] | undefined {
  const list: Value[] = [];
  const done = nextItems(scan, "]", () => {
    const value = nextValue(scan, { depth, word: FLOW_TEXT });
    if (value === undefined) return false;
    list.push(value);
    return true;
  });
  return done && depth <= MAX_DEPTH ? list : undefined;
}

/** Reads items between brackets; false where anything but items and single commas stands there. */
function nextItems(scan: Scan, close: string, readItem: () => boolean): boolean {
  scan.at += 1;
  take(scan, SPACES);
  let first = true;
  while (scan.text[scan.at] !== close) {
    if (!first) {
      if (scan.text[scan.at] !== ",") return false;
      scan.at += 1;
      take(scan, SPACES);
    }
    if (!readItem()) return false;
    take(scan, SPACES);
    first = false;
  }
  scan.at += 1;
  return true;
}

const WORD = /^[A-Za-z/]/u;
const KEYWORD = /^(?:null|true|false)$/iu;
const WHOLE = /^(?:0|[1-9][0-9]{0,14})$/u;
const FRACTION = /^[0-9]{1,8}\.[0-9]{1,6}$/u;
/** Versions, dates, percentages, names such as `2fa`: nothing that a number could look like. */
const DIGITS_FIRST = /^[0-9]+(?:\.[0-9]+){2,}$|^[0-9]{4}-[0-9]{2}-|^[0-9]+%$/u;

/** The core schema's reading of a plain scalar, where it is beyond doubt. */
function scalar(text: string): Value | undefined {
  if (WORD.test(text)) return KEYWORD.test(text) ? keyword(text) : text;
  if (WHOLE.test(text) || FRACTION.test(text)) return Number(text);
  return DIGITS_FIRST.test(text) ? text : undefined;
}

function keyword(text: string): boolean | undefined {
  if (text === "true") return true;
  return text === "false" ? false : undefined;
}
