/** Which operations a proposal adds. Each runs once: an added file is due, a known one is history. */
import { readControlFile } from "../contract/control-file.ts";
import { errorAt, type Finding } from "../contract/finding.ts";
import { Operation } from "../contract/operation.ts";
import type { YamlDocument } from "../contract/yaml-document.ts";
import { sameContent } from "./merge-trees.ts";
import type { ChangedFile } from "./tree-difference.ts";

export interface AddedOperation {
  readonly file: string;
  readonly operation: Operation;
  readonly document: YamlDocument;
}

export interface OperationChanges {
  readonly added: readonly AddedOperation[];
  readonly findings: readonly Finding[];
}

const START = { line: 1, column: 1 };

/** Reads what the changed files under `operations/` add; edits and renames are errors. */
export function operationChanges(changed: readonly ChangedFile[]): OperationChanges {
  const files = changed.filter(({ role }) => role.kind === "operation");
  const removed = files.filter(({ after }) => after === undefined);
  const added: AddedOperation[] = [];
  const findings: Finding[] = [];
  for (const { path, before, after } of files) {
    if (after === undefined) continue;
    const refusal = refusalOf({
      before,
      renamed: removed.some((one) => sameContent(one.before, after)),
    });
    const reading = readControlFile({ path, content: after }, Operation);
    if (refusal !== null) {
      findings.push(errorAt({ rule: "operation.changed", file: path, place: START }, refusal));
    } else if (reading.kind === "invalid") findings.push(...reading.findings);
    else added.push({ file: path, operation: reading.value, document: reading.document });
  }
  return { added, findings };
}

function refusalOf(file: { before: ChangedFile["before"]; renamed: boolean }): string | null {
  if (file.before !== undefined) return "an operation runs once: write a new file instead";
  return file.renamed ? "a renamed operation would run again: leave it where it was" : null;
}
