/**
 * Messages in a site's name that do not verify: somebody guesses, or the site signs with a wrong
 * key. A burst holds nothing, for then anybody could stop a fleet from outside: it is shown, and a
 * policy may ask that there be none. It is over by itself once it is quiet.
 */
import type { EvidenceItem } from "../contract/evidence-detail.ts";

/** Of one site; Unix seconds of our clock. */
export interface ForgedMessages {
  readonly since: number;
  readonly last: number;
  readonly count: number;
}

/** So many within so long are a burst; it ends when none came for so long. */
export const BURST = { messages: 20, withinSeconds: 600, quietSeconds: 900 };

export function oneMore(known: ForgedMessages | undefined, now: number): ForgedMessages {
  if (known === undefined || isOver(known, now)) return { since: now, last: now, count: 1 };
  return { ...known, last: now, count: known.count + 1 };
}

/** A trickle is no burst: it begins anew. A burst goes on until it is quiet. */
function isOver({ since, last, count }: ForgedMessages, now: number): boolean {
  const limit = count < BURST.messages ? since + BURST.withinSeconds : last + BURST.quietSeconds;
  return !(now <= limit);
}

/** The readiness item `messages`, as the control plane alone can tell it; `null` while it is quiet. */
export function forgedItem(known: ForgedMessages | undefined, now: number): EvidenceItem | null {
  if (known === undefined || known.count < BURST.messages || isOver(known, now)) return null;
  const { count, last } = known;
  const value = `${count} messages in its name did not verify, last at ${new Date(last * 1000).toISOString()}`;
  return { id: "messages", level: "unknown", at: last, value };
}
