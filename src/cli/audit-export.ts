/** `countersign audit export`: entries of a time span, as they are or as a table for auditors. */
import type { AuditEntry } from "../contract/audit-entry.ts";
import { CountersignError } from "../errors.ts";
import { digestOfText } from "../signing/digest.ts";
import { readEntries } from "./audit-log.ts";

export interface Span {
  /** A day or an instant in UTC; the first that is told. */
  readonly from?: string;
  /** The first that is not told any more. */
  readonly to?: string;
}
export interface Exported {
  readonly ok: boolean;
  readonly entries: readonly { readonly index: number; readonly entry: AuditEntry }[];
}

/** @throws CountersignError `usage`, `clone_unreadable` or `log_unreadable` */
export async function auditExport(folder: string, { from, to }: Span): Promise<Exported> {
  const [first, end] = [instantOf(from, 0), instantOf(to, Number.POSITIVE_INFINITY)];
  const { entries, report } = await readEntries(folder);
  const found = entries.flatMap((entry, index) => {
    const at = Date.parse(entry.at);
    return at >= first && at < end ? { index, entry } : [];
  });
  return { ok: report.ok, entries: found };
}

function instantOf(text: string | undefined, missing: number): number {
  if (text === undefined) return missing;
  const isKnown = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?$/u.test(text);
  const at = isKnown ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new CountersignError("usage", `${text} is no day and no instant.`, {
    hint: "Write 2026-11-24 or 2026-11-24T12:00:00Z; both are UTC.",
  });
}

/** JSON lines: the entry as it stands in the log, and its index. */
export function asJsonLines({ entries }: Exported): string[] {
  return entries.map(({ index, entry }) => JSON.stringify({ index, ...entry }));
}

const COLUMNS = ["index", "at", "kind", "pr", "site", "sub", "result", "by", "commit", "digest"];

/** RFC 4180, one line an entry; empty where a kind does not say it. */
export function asCsv({ entries }: Exported): string[] {
  const rows = entries.map(({ index, entry }) => [index, entry.at, entry.kind, ...cellsOf(entry)]);
  return [COLUMNS, ...rows].map((row) => row.map(cell).join(","));
}

function cellsOf(entry: AuditEntry): readonly (string | number | null)[] {
  const of = (name: string): string | number | null => {
    const value: unknown = Object.hasOwn(entry, name)
      ? Object.entries(entry).find(([key]) => key === name)?.[1]
      : null;
    return typeof value === "string" || typeof value === "number" ? value : null;
  };
  const result = of("result") ?? of("out") ?? of("how") ?? of("why") ?? of("level") ?? of("phase");
  return [
    of("pr"),
    of("site"),
    of("sub"),
    result,
    peopleOf(entry),
    commitOf(of),
    digestOf(entry, of),
  ];
}

type Member = (name: string) => string | number | null;

const commitOf = (of: Member) => of("merge") ?? of("to") ?? of("commit") ?? of("head");

function digestOf(entry: AuditEntry, of: Member): string | number | null {
  if (entry.kind === "receipt") return digestOfText(entry.token);
  return of("plan") ?? of("config") ?? of("token");
}

/** Numeric ids, parted by spaces: of a verdict those whose review counted. */
function peopleOf(entry: AuditEntry): string {
  switch (entry.kind) {
    case "verdict":
      return entry.counted.map(({ id }) => id).join(" ");
    case "range":
      return entry.by.join(" ");
    case "level":
    case "fleet.bootstrapped":
      return entry.by === null ? "" : String(entry.by);
    default:
      return "";
  }
}

/** No cell begins as a formula of a spreadsheet could. */
function cell(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  const safe = /^[=+\-@\t\r]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
