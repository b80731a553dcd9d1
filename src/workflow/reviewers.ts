/** Whom to ask for a review: some of those who are missing, nobody twice, nobody who cannot count. */
import type { Seats } from "../domain/approval-gates.ts";
import type { Case } from "./review.ts";
import type { Judgement } from "./show.ts";

/** Logins of people not asked yet. One more than is missing, so that one may be away. */
export function reviewersFor(
  { pull, config }: Pick<Case, "pull" | "config">,
  { verdict, facts }: Judgement,
): string[] {
  const { judged } = verdict;
  // Nobody reads a proposal that the policy refuses.
  if (judged === null || judged.policy.withoutWaits.result !== "passed") return [];
  const agents = config.agents.users.flatMap(({ id }) => id ?? []);
  const silent = new Set([
    pull.openedBy.id,
    ...agents,
    ...judged.approvals.discounted.flatMap(({ id }) => id ?? []),
    ...(facts.reviews ?? []).flatMap(({ user }) => user?.id ?? []),
    ...(facts.commits ?? []).flatMap(({ author, committer, pushedBy }) => [
      author?.id ?? 0,
      committer?.id ?? 0,
      ...(pushedBy ?? []),
    ]),
  ]);
  const people = (facts.people ?? []).filter(({ id, type }) => type === "User" && !silent.has(id));
  const asked = new Set(pull.requestedReviewers);
  const open = judged.approvals.gates.flatMap(({ seats }) =>
    seats.filter(({ missing }) => missing > 0),
  );
  for (const seat of open) ask(seat, { people, asked, turn: pull.number });
  const isNew = ({ id }: { id: number }) => asked.has(id) && !pull.requestedReviewers.includes(id);
  return people.filter(isNew).flatMap(({ login }) => login ?? []);
}

/** Marks people of one seat as asked; whose turn it is goes round with the proposal's number. */
function ask(
  { demand, missing }: Seats,
  given: {
    readonly people: readonly { readonly id: number; readonly login: string | null }[];
    readonly asked: Set<number>;
    readonly turn: number;
  },
): void {
  const able = given.people.filter(({ id }) => demand.bench.holders.has(id));
  const waiting = able.filter(({ id }) => given.asked.has(id)).length;
  const fresh = able.filter(({ id }) => !given.asked.has(id));
  const start = fresh.length === 0 ? 0 : given.turn % fresh.length;
  const inTurn = [...fresh.slice(start), ...fresh.slice(0, start)];
  for (const { id } of inTurn.slice(0, Math.max(0, missing + 1 - waiting))) given.asked.add(id);
}
