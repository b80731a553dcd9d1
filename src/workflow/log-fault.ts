/** The audit log of a fleet is not whole: nothing runs, and every proposal says so. */
import { absentCheck } from "../render/policy-check.ts";
import type { Forge, Repository } from "./forge-port.ts";
import { showAbsent } from "./show.ts";

const words = {
  log_mismatch:
    "The audit log and the branch `countersign/audit` are not the same log. Nothing runs, and nothing can be approved into force, until a person has looked: `countersign audit verify` on a clone says what is wrong.",
  log_unreadable:
    "The audit log holds an entry that this version cannot read. Nothing runs until the version that wrote it is back.",
} as const;
export type LogFault = keyof typeof words;

export const isLogFault = (code: string): code is LogFault => Object.hasOwn(words, code);

/** All open proposals wait, whatever their checks said before. */
export async function showLogFault(
  { forge, repository }: { readonly forge: Forge; readonly repository: Repository },
  fault: LogFault,
): Promise<void> {
  const text = absentCheck("waiting", "The audit log is not whole", words[fault]);
  for (const pull of await forge.openPulls()) {
    if (pull.base === repository.defaultBranch) await showAbsent({ forge }, pull, text);
  }
}
