/** The page of a job, for whoever opens a run: what it found, what it did, and what is left. */
import { counted, plain } from "../src/render/markdown.ts";
import type { Done } from "./run.ts";
import { faultText } from "./fault-text.ts";
import { receiptsIn, verdictsOf } from "./outputs.ts";

/** Markdown, without a newline at its end. */
export function summaryOf(done: Done): string {
  return ["## Countersign", proposals(done), happened(done), left(done), size(done)]
    .filter((part) => part !== "")
    .join("\n\n");
}

function proposals(done: Done): string {
  const rows = verdictsOf(done).map(
    ({ proposal, verdict, reason_code: why, risk, plan_digest: plan }) =>
      `| #${proposal} | ${verdict} | ${why ?? ""} | ${risk ?? ""} | \`${plan?.slice(7, 19) ?? ""}\` |`,
  );
  // What was not looked for may be there.
  if (rows.length === 0) return done.failed.size > 0 ? "" : "No open proposal.";
  const head = ["| proposal | verdict | why | risk | plan |", "| --- | --- | --- | --- | --- |"];
  return [...head, ...rows].join("\n");
}

/** What people want to know of the lines that the run wrote, in their order. */
function happened({ entries }: Done): string {
  const lines = entries.flatMap((entry): string[] => {
    switch (entry.kind) {
      case "range":
        return [`${entry.to.slice(0, 7)} on the default branch: **${entry.result}**`];
      case "receipt":
        return [`${entry.site}: **${entry.out}** (\`${entry.sub}\`)`];
      case "ended":
        return [`\`${entry.sub}\`: **${entry.how}**`];
      case "level":
        return [`${entry.site ?? "the fleet"}: level **${entry.level}** (${entry.cause})`];
      case "drift":
        return [`${entry.site}: ${counted(entry.count, "difference")} from the repository`];
      case "incident":
        return entry.phase === "contained" ? [`incident #${entry.issue}: ${entry.cause}`] : [];
      case "pairing":
        return [`${entry.site}: paired`];
      default:
        return [];
    }
  });
  return list([...new Set(lines)]);
}

function left({ open, silent, failed }: Done): string {
  return list([
    ...open.map(({ entry, sentAt }) => {
      const state = sentAt === null ? "waits for its turn" : "sent, and not answered yet";
      return `⏳ ${entry.site}: ${state} (\`${entry.sub}\`)`;
    }),
    ...silent.map((site) => `⚠️ ${site} did not say what it runs`),
    ...[...failed].map(([job, fault]) => `✗ ${plain(`${job}: ${faultText(fault)}`)}`),
  ]);
}

function size(done: Done): string {
  const { entries, open, silent, failed } = done;
  const isDone = open.length + silent.length + failed.size === 0;
  const written =
    entries.length === 0
      ? "Nothing was outstanding, and nothing new is on record."
      : `${counted(entries.length, "new entry", "new entries")} in the audit log, ${counted(receiptsIn(done).length, "receipt")} among them.`;
  return isDone ? written : `${written} The next run goes on with what is left.`;
}

const list = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join("\n");
