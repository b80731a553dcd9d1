/** Faults as people read them at the run, with the permission that a workflow lacks. */
import { CountersignError } from "../src/errors.ts";
import { missingPermission } from "../src/github/client.ts";
import { wordsOfMissing } from "./permissions.ts";

export const codeOf = (fault: unknown): string =>
  fault instanceof CountersignError ? fault.code : "internal";

export function faultText(fault: unknown): string {
  if (!(fault instanceof CountersignError)) {
    return fault instanceof Error ? fault.message : String(fault);
  }
  const missing = missingPermission(fault);
  const hint = missing === null ? fault.hint : wordsOfMissing(missing);
  return `${fault.message} ${hint} (${fault.code})`;
}
