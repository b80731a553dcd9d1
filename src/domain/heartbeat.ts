/**
 * Is a site heard of? Silence locks nothing: without a fresh token nothing can run. It is shown,
 * and a policy may demand that a site was heard of before it is changed.
 * Source: docs/protocol.md, "Heartbeat".
 */
import type { EvidenceItem } from "../contract/evidence-detail.ts";

/** What is known of one site's beats; Unix seconds of our clock. */
export interface BeatFacts {
  readonly at: number;
  /** How often the site means to send one, in seconds. */
  readonly every: number;
  /** When it last answered a question; 0 for never. */
  readonly answeredAt: number;
  /** Since when a `hello` after a late beat has had no answer. */
  readonly missedAt: number | null;
}

/** What a beat may be late by: jitter, a slow host, a cron that waits for visitors. */
const graceSeconds = 60;
/** The bounds of `every` that a connector keeps to; a value outside is taken for the nearest. */
const bounds = { least: 60, most: 3600 };

/** How often beats come, within what the protocol allows. */
export const intervalOf = ({ every }: Pick<BeatFacts, "every">): number =>
  Math.min(Math.max(every, bounds.least), bounds.most);

/** Whether two beats in a row did not come: then the site is asked, and counts as missed by that. */
export function isLate(beat: Pick<BeatFacts, "at" | "every">, now: number): boolean {
  return !(now - beat.at <= 2 * intervalOf(beat) + graceSeconds);
}

/** When it was heard last: a beat, or an answer. */
export const heardAt = ({ at, answeredAt }: BeatFacts): number => Math.max(at, answeredAt);

/** A late beat, and then a question without an answer. */
export const isSilent = (beat: BeatFacts): boolean =>
  beat.missedAt !== null && beat.missedAt >= heardAt(beat);

/** The readiness item `heartbeat`, as the control plane alone can tell it. */
export function heartbeatItem(beat: BeatFacts | null, now: number): EvidenceItem {
  if (beat === null) return item("unknown", now, "never sent one");
  const heard = heardAt(beat);
  if (beat.missedAt !== null && isSilent(beat)) {
    return item("failed", beat.missedAt, `silent since ${new Date(heard * 1000).toISOString()}`);
  }
  return item("proved", heard, isLate(beat, now) ? "late, but it answers" : "");
}

const item = (level: EvidenceItem["level"], at: number, value: string): EvidenceItem => ({
  id: "heartbeat",
  level,
  at,
  value,
});

/** A clock further off than this is a finding, and no action goes there until it is right. */
export const MAX_CLOCK_SKEW_SECONDS = 30;

export const isClockOff = (skew: number): boolean => !(Math.abs(skew) <= MAX_CLOCK_SKEW_SECONDS);
