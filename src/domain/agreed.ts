/**
 * Did enough people say so? What overriding a rule and breaking glass have in common.
 *
 * A word counts where it is complete, unedited, about this plan digest, said before the merge
 * (the same second is in time) and still good; its speaker must hold the role and count as a
 * reviewer of this plan would. Nobody counts twice.
 */
import type { Actor } from "../contract/facts-review.ts";
import type { Bench, Standing } from "./standing.ts";

/** How far a word may be dated ahead of our clock, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 30;

/** What somebody said about a rule or a gate. */
export interface Word {
  readonly about: string;
  readonly user: Actor | null;
  readonly reason: string | null;
  readonly at: number | null;
  readonly digest: string | null;
  readonly edited: boolean | null;
}

/** What words are judged against. */
export interface Agreement {
  readonly digest: string | null;
  readonly now: number;
  readonly mergedAt: number | null;
  readonly bench: Bench;
  readonly standing: Standing;
  readonly needed: number;
  /** A word is good while `now < at + goodForSeconds`; `null` for as long as the digest stays. */
  readonly goodForSeconds: number | null;
}

export interface Agreed {
  readonly about: string;
  readonly by: readonly number[];
  /** When the last of them said so: Unix seconds. */
  readonly at: number;
}

/** What enough people agreed on; nothing while contributors or the role are unread. */
export function agreed(words: readonly Word[], agreement: Agreement): Agreed[] {
  const { bench, standing, needed } = agreement;
  if (bench.reading !== "ok" || standing.contributors.unread.length > 0) return [];
  const counted = words
    .flatMap((word) => completeWord(word, agreement))
    .filter(({ user }) => standing.faultsOf(user).length === 0 && bench.holders.has(user.id));
  return [...Map.groupBy(counted, ({ about }) => about)].flatMap(([about, all]) => {
    const by = new Set(all.map(({ user }) => user.id));
    if (!(by.size >= needed)) return [];
    const at = Math.max(...all.map((word) => word.at));
    return [{ about, by: [...by].toSorted((a, b) => a - b), at }];
  });
}

function completeWord(
  { about, user, at, digest, reason, edited }: Word,
  { mergedAt, now, digest: current, goodForSeconds }: Agreement,
): { readonly about: string; readonly user: Actor; readonly at: number }[] {
  if (user === null || at === null || edited !== false) return [];
  if ((reason ?? "").trim() === "") return [];
  const inTime = mergedAt === null || at <= mergedAt;
  const bound = current !== null && (digest === "current" || digest === current);
  const isGood = goodForSeconds === null || now < at + goodForSeconds;
  const isDated = at <= now + CLOCK_TOLERANCE_SECONDS;
  return bound && inTime && isGood && isDated ? [{ about, user, at }] : [];
}
