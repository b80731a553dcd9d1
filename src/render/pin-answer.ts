/** What came of a `pin`: one line for each package. */
import type { Finding } from "../contract/finding.ts";
import type { PackageLock } from "../contract/package-lock.ts";
import { code, mark, plain } from "./markdown.ts";

/** What happened to one package; names as `pin` takes them. */
export type PinOutcome =
  | { readonly kind: "pinned"; readonly name: string; readonly lock: PackageLock }
  | { readonly kind: "unchanged"; readonly name: string }
  | { readonly kind: "differs"; readonly name: string; readonly findings: readonly Finding[] }
  | { readonly kind: "failed"; readonly name: string; readonly why: string };

export function pinText(outcomes: readonly PinOutcome[]): string {
  if (outcomes.length === 0) return "Nothing to pin: every package of the plan has its lock.";
  return outcomes.map(pinLine).join("\n");
}

function pinLine(outcome: PinOutcome): string {
  const name = code(outcome.name);
  switch (outcome.kind) {
    case "pinned": {
      const { bytes, sha256, url, releasedAt } = outcome.lock;
      return `- ${mark.passed} ${name}: ${bytes} bytes, ${code(sha256)}, released ${releasedAt}, from ${code(url)}`;
    }
    case "unchanged":
      return `- ${mark.passed} ${name} has its lock already, and its source confirms it`;
    case "differs": {
      const lines = outcome.findings.map(({ message }) => `  - ${plain(message)}`);
      const advice = `remove the file, or run ${code(`countersign pin --repin ${outcome.name}`)} on a clone`;
      return [
        `- ${mark.blocked} ${name} has a lock that differs; to replace it ${advice}:`,
        ...lines,
      ].join("\n");
    }
    case "failed":
      return `- ${mark.blocked} ${name} was not pinned: ${plain(outcome.why)}`;
  }
}

export const pinLater = "there was no time for it yet; say the same again to go on";

export const pinProblem = {
  no_pull: "Locks are pinned in an open pull request to the default branch; this is none.",
  fork: "This branch is in a fork, where the App cannot commit: run `countersign pin` on a clone.",
  conflict: "This branch conflicts with the default branch: please update it first.",
  no_policy: "There is no valid policy in force, so that no package source is known.",
  no_name: "That is no package: it is written like `plugins/akismet@5.4` or `core@7.1.1`.",
} as const;
