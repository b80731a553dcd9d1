/**
 * A late heartbeat counts as missed only after a signed `hello` got no answer; that request also
 * runs the site's own cron. docs/protocol.md, "Heartbeat".
 */
import type { SiteId } from "../contract/ids.ts";
import { intervalOf, isLate } from "../domain/heartbeat.ts";
import { ask } from "./ask.ts";
import { type Fleet, pairedSite } from "./fleet.ts";
import type { Job } from "./store-port.ts";

/** One job for each paired site whose beats are late and that was not asked just now. */
export async function lateSites(fleet: Fleet): Promise<readonly Job[]> {
  const now = fleet.clock.now();
  const { pairings } = fleet.log.history;
  const beats = await fleet.store.beats(fleet.repository.id);
  return beats.flatMap((beat) => {
    const asked = Math.max(beat.answeredAt, beat.missedAt ?? 0);
    const isDue = isLate(beat, now) && now - asked >= intervalOf(beat);
    const job: Job = { kind: "hello", key: beat.site, runAt: now };
    return isDue && pairings.has(beat.site) ? [job] : [];
  });
}

/** Asks one late site. Silence moves nothing but what people and readiness see. */
export async function greet(fleet: Fleet, site: SiteId): Promise<void> {
  const { id: repo } = fleet.repository;
  const before = await fleet.store.beat(repo, site);
  const paired = await pairedSite(fleet, site);
  if (before === null || paired === null || !isLate(before, fleet.clock.now())) return;
  const answer = await ask(fleet, paired, { ask: "hello", arg: "" });
  if (answer.kind !== "silence") return;
  const beat = await fleet.store.beat(repo, site);
  if (beat === null || beat.hbseq !== before.hbseq) return; // it came while we asked
  await fleet.store.noteContact(repo, site, { missedAt: fleet.clock.now() });
}
