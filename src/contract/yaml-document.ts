/**
 * The one door for YAML. Whoever reads through it gets plain data made of null, booleans, numbers,
 * strings, arrays and objects, with the place of every key and value, or all the reasons why not.
 *
 * Refused: more than 64 KiB, nesting deeper than 32, bytes that are not UTF-8, control and
 * bidirectional characters, directives, several documents, tags, anchors, aliases, merge keys,
 * duplicate keys, `__proto__`. Size and depth are checked before anything recursive runs.
 */
import {
  Composer,
  CST,
  type Document,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Pair,
  Parser,
} from "yaml";
import { errorAt, type Finding, type Place, quote } from "./finding.ts";
import { type ContentRefusal, type FileContent, refuseContent } from "./file-content.ts";
import { readPlainYaml } from "./plain-yaml.ts";

export type { FileContent } from "./file-content.ts";

export const MAX_YAML_DEPTH = 32;

export type YamlPath = readonly PropertyKey[];

export interface YamlDocument {
  readonly file: string;
  readonly value: unknown;
  /** The place of the value at the path, or of the nearest ancestor that exists. */
  readonly placeOf: (path: YamlPath) => Place;
  /** The place of the key that the path ends with, or of the nearest ancestor that exists. */
  readonly placeOfKey: (path: YamlPath) => Place;
  /** How a scalar is written in the file, where that differs from its value: `5.10`. */
  readonly sourceOf: (path: YamlPath) => string | undefined;
}

export type YamlReading =
  | { readonly kind: "read"; readonly document: YamlDocument }
  | { readonly kind: "unreadable"; readonly findings: readonly Finding[] };

const START: Place = { line: 1, column: 1 };
const FORBIDDEN_NAMES = new Map([
  ["__proto__", "the name __proto__ is refused"],
  ["<<", "merge keys (<<) are refused"],
]);

/** Reads one file. Never throws: whatever is wrong comes back as findings. */
export function readYaml(file: string, content: FileContent): YamlReading {
  const refusal = refuseContent(content);
  if (refusal !== null) return { kind: "unreadable", findings: [contentFinding(file, refusal)] };
  const text = String(content);
  const plain = readPlainYaml(text);
  if (plain === undefined) return readWithPlaces(file, text);
  return { kind: "read", document: lazyDocument(file, plain.value, text) };
}

/** Most files never need a place, so the library reads them when the first is asked for. */
function lazyDocument(file: string, value: unknown, text: string): YamlDocument {
  let full: YamlReading | undefined;
  const places = (): YamlDocument | undefined => {
    full ??= readWithPlaces(file, text);
    return full.kind === "read" ? full.document : undefined;
  };
  return {
    file,
    value,
    placeOf: (path) => places()?.placeOf(path) ?? START,
    placeOfKey: (path) => places()?.placeOfKey(path) ?? START,
    sourceOf: (path) => places()?.sourceOf(path),
  };
}

function readWithPlaces(file: string, text: string): YamlReading {
  const lines = new LineCounter();
  const scan = scanTokens(text, lines);
  const at = (offset: number): Place => placeOfOffset(lines, offset);
  const unreadable = (refusals: readonly Refusal[]): YamlReading => ({
    kind: "unreadable",
    findings: refusals.map(({ message, offset }) =>
      errorAt({ rule: "yaml", file, place: at(offset) }, message),
    ),
  });
  if (scan.refusals.length > 0) return unreadable(scan.refusals);
  const [document, second] = compose(scan.tokens, text.length);
  if (document === undefined) return unreadable([{ message: "the file is empty", offset: 0 }]);
  if (second !== undefined) {
    return unreadable([{ message: "more than one document", offset: second.range[0] }]);
  }
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    return unreadable(problems.map(({ message, pos: [offset] }) => ({ message, offset })));
  }
  const refusals: Refusal[] = [];
  const value = plainValue(document.contents, refusals);
  if (refusals.length > 0) return unreadable(refusals);
  return { kind: "read", document: documentOf(file, value, document, at) };
}

interface Refusal {
  readonly message: string;
  readonly offset: number;
}

function contentFinding(file: string, { message, place }: ContentRefusal): Finding {
  return errorAt({ rule: "yaml", file, place }, message);
}

function placeOfOffset(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

const REFUSED_TOKENS = new Map([
  ["tag", "tags (!…) are refused"],
  ["anchor", "anchors (&…) are refused"],
  ["alias", "aliases (*…) are refused"],
  ["directive-line", "directives (%…) are refused"],
]);

/** Lexes and parses without recursion; stops at the depth limit. */
function scanTokens(text: string, lines: LineCounter) {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  const refusals: Refusal[] = [];
  let scalarFollows = false;
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    const kind: string | null = scalarFollows ? "scalar-text" : CST.tokenType(lexeme);
    scalarFollows = kind === "scalar";
    const { offset } = parser;
    const message = REFUSED_TOKENS.get(kind ?? "");
    if (message !== undefined) refusals.push({ message, offset });
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > MAX_YAML_DEPTH && depthOf(parser) > MAX_YAML_DEPTH) {
      const tooDeep = { message: `nested deeper than ${MAX_YAML_DEPTH}`, offset };
      return { tokens: [], refusals: [...refusals, tooDeep] };
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens, refusals };
}

function depthOf(parser: Parser): number {
  return parser.stack.filter(({ type }) => COLLECTIONS.has(type)).length;
}
const COLLECTIONS: ReadonlySet<string> = new Set(["block-map", "block-seq", "flow-collection"]);

function compose(tokens: readonly CST.Token[], end: number) {
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    merge: false,
    stringKeys: true,
    uniqueKeys: false, // quadratic in the library; plainValue() finds duplicates
    prettyErrors: false,
  });
  return [...composer.compose(tokens, true, end)];
}

function plainValue(node: unknown, refusals: Refusal[]): unknown {
  if (isMap(node)) return plainObject(node.items, refusals);
  if (isSeq(node)) return node.items.map((item) => plainValue(item, refusals));
  if (!isScalar(node)) return null;
  if (typeof node.value === "number" && !Number.isFinite(node.value)) {
    refusals.push({ message: "not a finite number", offset: offsetOf(node) });
  }
  return node.value;
}

function plainObject(pairs: readonly Pair[], refusals: Refusal[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const { key, value } of pairs) {
    if (!isScalar(key) || typeof key.value !== "string") {
      refusals.push({ message: "a key has to be plain text", offset: offsetOf(key) });
      continue;
    }
    const name = key.value;
    const forbidden = FORBIDDEN_NAMES.get(name);
    const twice = Object.hasOwn(result, name) ? `duplicate key ${quote(name)}` : undefined;
    const message = forbidden ?? twice;
    if (message === undefined) result[name] = plainValue(value, refusals);
    else refusals.push({ message, offset: offsetOf(key) });
  }
  return result;
}

function offsetOf(node: unknown): number {
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return 0;
  return node.range?.[0] ?? 0;
}

function documentOf(
  file: string,
  value: unknown,
  document: Document.Parsed,
  at: (offset: number) => Place,
): YamlDocument {
  const find = (path: YamlPath) => findNode(document.contents, path);
  return {
    file,
    value,
    placeOf: (path) => at(offsetOf(find(path).value)),
    placeOfKey: (path) => {
      const { key, value: node } = find(path);
      return at(offsetOf(key ?? node));
    },
    sourceOf: (path) => {
      const { value: node } = find(path);
      return isScalar(node) ? node.source : undefined;
    },
  };
}

/** The deepest node on the path; its key where it is a map's value. */
function findNode(root: unknown, path: YamlPath): { key: unknown; value: unknown } {
  let found: { key: unknown; value: unknown } = { key: undefined, value: root };
  for (const step of path) {
    const next = childOf(found.value, step);
    if (next === undefined) return found;
    found = next;
  }
  return found;
}

function childOf(node: unknown, step: PropertyKey) {
  if (isSeq(node) && typeof step === "number") {
    const item = node.items[step];
    return item === undefined ? undefined : { key: undefined, value: item };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
  if (pair === undefined) return undefined;
  return { key: pair.key, value: isEmptyNode(pair.value) ? pair.key : pair.value };
}

function isEmptyNode(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.source === "");
}
