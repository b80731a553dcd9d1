/** Findings as a terminal shows them: `file:line:column: severity: message`, then how to mend it. */
import type { Finding } from "../contract/finding.ts";

export function findingLines(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ file, line, column, severity, message, allowed, command }) => [
    `${file}:${line}:${column}: ${severity}: ${message}`,
    ...(allowed === null ? [] : [`  allowed: ${allowed}`]),
    ...(command === null ? [] : [`  ${command}`]),
  ]);
}
