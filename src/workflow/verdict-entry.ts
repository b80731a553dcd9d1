/** The verdict on a merge as it goes on record: every review, counted or not, by person and id. */
import type { EntryOf } from "../contract/audit-entry.ts";
import type { Digest } from "../contract/ids.ts";
import type { Facts } from "../contract/facts.ts";
import { reviewsSpoken } from "../domain/reviews.ts";
import { gatesOf, type Judged } from "../domain/verdict.ts";
import { digestOfText } from "../signing/digest.ts";
import type { PullRequest } from "./forge-port.ts";

/** GitHub's stand-in for a deleted account. */
const GHOST = 10_137;

export function verdictEntry(given: {
  readonly at: string;
  readonly pull: PullRequest;
  readonly plan: Digest;
  readonly config: Digest;
  readonly judged: Judged;
  readonly facts: Facts;
}): EntryOf<"verdict"> {
  const { at, pull, plan, config, judged, facts } = given;
  const { counted, discounted } = judged.approvals;
  const spoken = reviewsSpoken(facts.reviews ?? [], facts.merge?.at ?? null);
  const gates = gatesOf(judged);
  const find = (result: "blocked" | "waiting") => gates.some((one) => one.result === result);
  return {
    at,
    config,
    counted: counted.flatMap((id) => {
      const review = spoken.get(id);
      return review === undefined ? [] : [{ id, review }];
    }),
    discounted: discounted.map(({ id, reasons }) => ({
      id: id ?? GHOST,
      reasons: [...reasons],
      review: spoken.get(id) ?? null,
    })),
    gates: gates.map(({ name, result }) => ({ name: digestOfText(name), result })),
    head: pull.head,
    kind: "verdict",
    plan,
    pr: pull.number,
    result: find("blocked") ? "blocked" : find("waiting") ? "waiting" : "passed",
  };
}
