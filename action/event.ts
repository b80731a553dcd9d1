/**
 * The event that started the run: a hint about what people want to see. Whoever opened a fork's
 * proposal has written much of it, so only numbers are read, and nothing is decided by them.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { NumericId } from "../src/contract/ids.ts";
import type { Run } from "./inputs.ts";

const Hint = z.object({
  pull_request: z.object({ number: NumericId }).optional(),
  issue: z.object({ number: NumericId, pull_request: z.unknown().optional() }).optional(),
  workflow_run: z
    .object({ pull_requests: z.array(z.object({ number: NumericId })).optional() })
    .optional(),
});

/** The proposal that it is about; `null` where it names none. */
export function proposalOf({ eventPath }: Pick<Run, "eventPath">): number | null {
  if (eventPath === null) return null;
  const hint = Hint.safeParse(parse(eventPath)).data;
  const [first] = hint?.workflow_run?.pull_requests ?? [];
  // GitHub calls a pull request an issue too, and says in it which of the two it is.
  const issue = hint?.issue?.pull_request === undefined ? undefined : hint.issue.number;
  return hint?.pull_request?.number ?? issue ?? first?.number ?? null;
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}

/**
 * Of these GitHub runs the proposal's own workflow file, which may say anything: it gets no secret,
 * and their `workflow_run` on the default branch does the review.
 */
export const runsProposalsFile = (event: string): boolean =>
  new Set([
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "merge_group",
  ]).has(event);
