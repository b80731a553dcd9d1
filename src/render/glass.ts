/** What the incident about broken glass says, and the answers to its review. */
import { code, counted } from "./markdown.ts";
import { type Names, personName } from "./people.ts";

export const glassTitle = (pr: number): string => `Incident: glass was broken for #${pr}`;

/** For the comment with the plan: nobody merges it without having seen this. */
export function glassLine(
  { gate, by }: { readonly gate: string; readonly by: readonly number[] },
  names: Names,
): string {
  const who = by.map((id) => personName(id, names)).join(" and ");
  return `🔨 **Glass was broken**: ${who} stand in for the approvals of ${code(gate)}. Merging opens an incident that has to be reviewed.`;
}

export function glassBody(given: {
  readonly pr: number;
  readonly plan: string;
  readonly gates: readonly { readonly name: string; readonly by: readonly number[] }[];
  readonly names: Names;
  readonly reviewers: string | null;
}): string {
  const { pr, plan, gates, names, reviewers } = given;
  const rows = gates.map(
    ({ name, by }) => `- ${code(name)}, by ${by.map((id) => personName(id, names)).join(" and ")}`,
  );
  const who = reviewers === null ? "" : ` (${reviewers})`;
  return [
    `#${pr} was merged without the approvals of ${counted(gates.length, "gate")}; people stood in for them:`,
    rows.join("\n"),
    `The plan is ${code(plan)}. Their comments on #${pr} say why.`,
    `**Next.** Somebody with the right ${code("release")}${who} who did not break the glass, and had no hand in the change, reviews it and says here what was found: ${code("/countersign reviewed <what was found>")}. Nothing else closes this incident.`,
  ].join("\n\n");
}

const answers = {
  no_glass: "This is no incident about broken glass. Nothing changed.",
  closed: "This incident was reviewed already.",
  done: "Reviewed, on record: the incident is closed.",
} as const;

export const reviewedText = (answer: keyof typeof answers): string => answers[answer];
