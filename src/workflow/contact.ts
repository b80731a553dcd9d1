/**
 * Which sites can be reached from here. Messages are pushed; what a site's host keeps out waits
 * for the site's next heartbeat and leaves with its ack. docs/protocol.md, "Pull delivery".
 */
import type { ClaimsOf } from "../contract/claims.ts";
import type { SiteId } from "../contract/ids.ts";
import { intervalOf, isLate } from "../domain/heartbeat.ts";
import { digestOfText } from "../signing/digest.ts";
import type { Fleet } from "./fleet.ts";

export async function noteReached(fleet: Fleet, site: SiteId): Promise<void> {
  const contact = { answeredAt: fleet.clock.now(), missedAt: null, closedAt: null };
  await fleet.store.noteContact(fleet.repository.id, site, contact);
}

/** The first failure stays: since when it cannot be reached. */
export async function noteUnreached(fleet: Fleet, site: SiteId): Promise<void> {
  const beat = await fleet.store.beat(fleet.repository.id, site);
  if (beat === null || beat.closedAt !== null) return;
  await fleet.store.noteContact(fleet.repository.id, site, { closedAt: fleet.clock.now() });
}

/** A question that got no answer waits for the site's next beat, where the site sends any. */
export async function keepQuestion(
  fleet: Fleet,
  site: SiteId,
  { ask, arg }: Pick<ClaimsOf<"query">, "ask"> & { readonly arg: string },
): Promise<void> {
  await noteUnreached(fleet, site);
  // A greeting asks whether the push door is open: its answer by another door tells nothing.
  if (ask === "hello" || (await pullSeconds(fleet, site)) === 0) return;
  const question = { site, ask, arg, digest: digestOfText(arg), at: fleet.clock.now() };
  await fleet.store.putQuestion(fleet.repository.id, question);
}

/** Whether what waits for this site leaves with its next ack. */
export async function isPulled(fleet: Fleet, site: SiteId): Promise<boolean> {
  return (await pullSeconds(fleet, site)) > 0;
}

/** How much longer an answer takes where the site has to come for the question: two intervals. */
export async function pullSeconds(fleet: Fleet, site: SiteId): Promise<number> {
  const beat = await fleet.store.beat(fleet.repository.id, site);
  if (beat === null || beat.closedAt === null || isLate(beat, fleet.clock.now())) return 0;
  return 2 * intervalOf(beat);
}
