/**
 * Turns what a closed zod schema says about a YAML document into findings: the place of the key or
 * value concerned, what is wrong, and what would be accepted.
 */
import { z } from "zod";
import { errorAt, type Finding, quote } from "./finding.ts";
import type { YamlDocument, YamlPath } from "./yaml-document.ts";

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;

export type SchemaReading<T> =
  | { readonly kind: "valid"; readonly value: T }
  | { readonly kind: "invalid"; readonly findings: readonly Finding[] };

/** Validates the document's value; all errors come back together. */
export function checkSchema<T extends z.ZodType>(
  document: YamlDocument,
  schema: T,
): SchemaReading<z.output<T>> {
  const result = schema.safeParse(document.value);
  if (result.success) return { kind: "valid", value: result.data };
  const findings = result.error.issues.flatMap((issue) => findingsOf(issue, document, schema));
  return { kind: "invalid", findings };
}

function findingsOf(issue: Issue, document: YamlDocument, schema: Schema): Finding[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey(key, issue.path, document, schema));
  }
  if (issue.code === "invalid_union") {
    const branch = bestBranch(issue.errors);
    if (branch !== undefined) {
      return branch.flatMap((inner) =>
        findingsOf({ ...inner, path: [...issue.path, ...inner.path] }, document, schema),
      );
    }
  }
  if (issue.code === "invalid_key") {
    const place = document.placeOfKey(issue.path);
    const reason = issue.issues[0]?.message ?? "not allowed here";
    return [errorAt({ rule: "schema", file: document.file, place }, describeKey(issue), reason)];
  }
  return [valueFinding(issue, document)];
}

/** The alternative that the author meant: the one whose type fits, so that it fails further in. */
function bestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const inner = branches.filter((issues) => issues.every(({ path }) => path.length > 0));
  if (inner.length === 1) return inner[0];
  const typed = branches.filter((issues) => !issues.some(isWrongTypeAtRoot));
  return typed.length === 1 ? typed[0] : undefined;
}

function isWrongTypeAtRoot(issue: Issue): boolean {
  return issue.code === "invalid_type" && issue.path.length === 0;
}

const RESERVED = new Set(["expr", "extends"]);

function unknownKey(
  key: string,
  parent: YamlPath,
  document: YamlDocument,
  schema: Schema,
): Finding {
  const place = document.placeOfKey([...parent, key]);
  const message = RESERVED.has(key)
    ? `${quote(key)} is reserved for a later version and does nothing yet: remove it`
    : `unknown key ${quote(key)}`;
  const known = allowedKeys(schema, parent);
  const allowed = known.length > 0 ? known.join(", ") : null;
  return errorAt({ rule: "schema", file: document.file, place }, message, allowed);
}

function describeKey(issue: Issue): string {
  return `${quote(String(issue.path.at(-1)))} is no acceptable name here`;
}

function valueFinding(issue: Issue, document: YamlDocument): Finding {
  const found = valueAt(document.value, issue.path);
  const missing = found === undefined && issue.path.length > 0;
  const where = {
    rule: "schema" as const,
    file: document.file,
    place: document.placeOf(issue.path),
  };
  if (missing) {
    return errorAt(where, `${quote(String(issue.path.at(-1)))} is missing`, expectation(issue));
  }
  const source = document.sourceOf(issue.path);
  const shown = describeValue(source ?? found);
  const message = `${nameOf(issue.path)}${shown} is not acceptable`;
  const wantsText = issue.code === "invalid_type" && issue.expected === "string";
  const allowed =
    wantsText && source !== undefined
      ? `text: write it in quotes, "${source}"`
      : expectation(issue);
  return errorAt(where, message, allowed);
}

function nameOf(path: YamlPath): string {
  const keys = path.filter((step) => typeof step === "string");
  return keys.length === 0 ? "" : `${keys.at(-1)}: `;
}

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return quote(typeof value === "string" ? value : JSON.stringify(value));
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: "a mapping",
  record: "a mapping",
  array: "a list",
  string: "text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
};

function expectation(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPE_NAMES[issue.expected] ?? issue.expected;
    case "invalid_value":
      return issue.values.map(String).join(", ");
    case "too_small":
      return issue.message.startsWith("Too small") ? `at least ${issue.minimum}` : issue.message;
    case "too_big":
      return issue.message.startsWith("Too big") ? `at most ${issue.maximum}` : issue.message;
    default:
      return issue.message;
  }
}

function valueAt(value: unknown, path: YamlPath): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step))
      return undefined;
    found = Reflect.get(found, step);
  }
  return found;
}

/** The keys that the schema knows at the path; none where they are free. */
function allowedKeys(schema: Schema, path: YamlPath): string[] {
  let candidates = unwrap(schema);
  for (const step of path) candidates = candidates.flatMap((one) => childrenOf(one, step));
  return candidates.flatMap((one) => (one instanceof z.ZodObject ? Object.keys(one.shape) : []));
}

function childrenOf(schema: Schema, step: PropertyKey): Schema[] {
  if (schema instanceof z.ZodObject) return unwrap(schema.shape[String(step)]);
  if (schema instanceof z.ZodArray) return unwrap(schema.element);
  return schema instanceof z.ZodRecord ? unwrap(schema.valueType) : [];
}

/** The schemas a value may be checked by, without what only wraps them. */
function unwrap(schema: Schema | undefined): Schema[] {
  if (schema === undefined) return [];
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((one) => unwrap(one));
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  const wrapper =
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional;
  return wrapper ? unwrap(schema.unwrap()) : [schema];
}
