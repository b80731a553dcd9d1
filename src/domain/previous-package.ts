/**
 * `previousPackage` of readiness: can what a plan replaces be fetched again, with the bytes that its
 * lock names? Looked at by the control plane itself; a copy that the site keeps, which is only its
 * own word, stands in where the source no longer has it.
 */
import type { EvidenceItem, EvidenceLevel } from "../contract/evidence-detail.ts";

/** What asking for a package that is left came to. */
export type PreviousReading =
  | { readonly kind: "there" }
  /** Its source has it no more, or other bytes under its name. */
  | { readonly kind: "gone"; readonly why: string }
  /** Nobody could be asked; or no lock says which bytes they were. */
  | { readonly kind: "unread"; readonly why: string };

export interface PreviousPackage {
  readonly target: string;
  readonly reading: PreviousReading;
}

/** @param site what the site says of copies it keeps: its targets, separated by spaces */
export function previousPackageItem(
  packages: readonly PreviousPackage[],
  site: EvidenceItem | undefined,
  now: number,
): EvidenceItem {
  const kept = new Set(site?.level === "declared" ? site.value.split(" ") : []);
  const judged = packages.map(({ target, reading }) => {
    if (reading.kind === "there") return { level: "proved", words: `${target} can be fetched` };
    const level = kept.has(target) ? "declared" : reading.kind === "gone" ? "failed" : "unknown";
    const copy = kept.has(target) ? ", the site keeps a copy" : "";
    return { level, words: `${target}: ${reading.why}${copy}` };
  });
  const worst = WORST_FIRST.find((level) => judged.some((one) => one.level === level)) ?? "proved";
  const words = judged.filter(({ level }) => level === worst).map((one) => one.words);
  const value = packages.length === 0 ? "nothing is replaced" : words.join("; ");
  return { id: "previousPackage", level: worst, at: now, value: value.slice(0, 500) };
}

const WORST_FIRST: readonly EvidenceLevel[] = ["failed", "unknown", "declared"];
