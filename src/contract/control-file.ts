/** Reads one file of the control repository: YAML's door, then a closed schema. */
import type { z } from "zod";
import { type Finding, sortFindings } from "./finding.ts";
import { checkSchema } from "./schema-finding.ts";
import { type FileContent, readYaml, type YamlDocument } from "./yaml-document.ts";

export type FileReading<T> =
  | { readonly kind: "valid"; readonly value: T; readonly document: YamlDocument }
  | { readonly kind: "invalid"; readonly findings: readonly Finding[] };

/** The file's value, or everything that is wrong with it, each with its place. */
export function readControlFile<T extends z.ZodType>(
  file: { readonly path: string; readonly content: FileContent },
  schema: T,
): FileReading<z.output<T>> {
  const reading = readYaml(file.path, file.content);
  if (reading.kind === "unreadable") return { kind: "invalid", findings: reading.findings };
  const { document } = reading;
  const checked = checkSchema(document, schema);
  if (checked.kind === "valid") return { kind: "valid", value: checked.value, document };
  return { kind: "invalid", findings: sortFindings(checked.findings) };
}

/** Reads files of one kind; a text that comes again under its path is read once. */
export function cachedReader<T extends z.ZodType>(schema: T) {
  const latest = new Map<string, { content: FileContent; reading: FileReading<z.output<T>> }>();
  return (path: string, content: FileContent): FileReading<z.output<T>> => {
    const known = latest.get(path);
    if (known?.content === content) return known.reading;
    const reading = readControlFile({ path, content }, schema);
    latest.set(path, { content, reading });
    return reading;
  };
}
