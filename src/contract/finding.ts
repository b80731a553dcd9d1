/**
 * A finding: one fact that reading or planning reports, at the place where a person can act on it.
 * Texts may quote untrusted input: whoever renders them escapes.
 */
import { z } from "zod";

/** Where in a file: both count from 1, columns in UTF-16 units as editors do. */
export const Place = z.strictObject({ line: z.int().min(1), column: z.int().min(1) });
export type Place = z.infer<typeof Place>;

export const FindingRule = z.enum([
  /** The bytes are not acceptable YAML. */
  "yaml",
  /** A key or value that the file's schema does not know. */
  "schema",
  /** A name that nothing declares, or that is declared twice, or a pair that contradicts itself. */
  "reference",
  /** A file where none may be, or whose name is not what it has to be. */
  "path",
  /** A step would install a package that has no lock file. */
  "package.lock_missing",
  /** A lock file that says something else than its own path. */
  "package.lock_mismatch",
  /** A lock file says something else than its source. */
  "package.differs",
  /** Its source does not have this version. */
  "package.not_found",
  /** The bytes, packed or unpacked, are more than the source may send. */
  "package.too_large",
  /** The download leads where it may not, or the package is no sound package of its slug. */
  "package.unsafe",
  /** Its source could not be asked: the policy review waits. */
  "package.unreachable",
  /** A connector key that no pairing on record bears out: no right overrides it. */
  "pairing.unproved",
  /** No signed inventory with the digest that a file adopts: nobody knows what it takes for live. */
  "adoption.unknown",
  /** What a file adopts is not what the signed inventory of that digest says. */
  "adoption.differs",
  /** Two baselines want different things of one site. */
  "baseline.conflict",
  /** Desired state that no closed list of changes can reach. */
  "plan.impossible",
  /** A connector update stands beside other steps. */
  "plan.connector_alone",
  /** A plugin that another needs is not desired on the site. */
  "plan.dependency_missing",
  /** Something left desired state without `state: absent`: it stays on the site, unmanaged. */
  "plan.unmanaged",
  /** A recorded operation was edited, or one was removed before it could run. */
  "operation.changed",
  /** A changed file that plans nothing. */
  "path.unknown",
]);
export type FindingRule = z.infer<typeof FindingRule>;

/** `error` fails the policy check, `warning` and `note` are shown. */
export const FindingSeverity = z.enum(["error", "warning", "note"]);
export type FindingSeverity = z.infer<typeof FindingSeverity>;

export const Finding = z.strictObject({
  rule: FindingRule,
  severity: FindingSeverity,
  file: z.string(),
  line: z.int().min(1),
  column: z.int().min(1),
  message: z.string(),
  /** What would be accepted at this place; `null` where no short answer exists. */
  allowed: z.string().nullable(),
  /** The command to paste that mends it. */
  command: z.string().nullable(),
});
export type Finding = z.infer<typeof Finding>;

/** An error at a place, without a command. */
export function errorAt(
  where: { rule: FindingRule; file: string; place: Place },
  message: string,
  allowed: string | null = null,
): Finding {
  const { rule, file, place } = where;
  return { rule, severity: "error", file, ...place, message, allowed, command: null };
}

/** Untrusted text as it may stand in a message: quoted, one line, at most 60 characters. */
export function quote(text: string): string {
  const clipped = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return JSON.stringify(clipped);
}

/** By file, line, column, then text: the order in which people read them. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return findings.toSorted(
    (a, b) =>
      compareText(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compareText(a.message, b.message),
  );
}

/** Compares by UTF-16 units, so that the order is the same on every machine. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
