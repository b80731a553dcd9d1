/**
 * Counts refused messages by the address they came from. Above the limit a source waits out its
 * minute, and the burst is told once: somebody is guessing, or a site signs with a wrong key.
 */
import type { Clock } from "../workflow/ports.ts";

/** How many messages of one source may fail in a minute. */
export const REFUSALS_A_MINUTE = 60;
/** More sources than a fleet has: an attacker with many addresses costs no more memory than this. */
const maxSources = 20_000;

export interface Refusals {
  /** Whether the source has to wait; asked before anything of its message is read. */
  areTooMany(source: string): boolean;
  note(source: string): void;
}

export function countRefusals(clock: Clock, onBurst: (source: string) => void): Refusals {
  const counts = new Map<string, { readonly minute: number; readonly count: number }>();

  function countOf(source: string): number {
    const known = counts.get(source);
    return known?.minute === minuteOf(clock) ? known.count : 0;
  }
  return {
    areTooMany: (source) => countOf(source) > REFUSALS_A_MINUTE,
    note(source) {
      const count = countOf(source) + 1;
      counts.delete(source); // The newest stand last: what is dropped below is the oldest.
      counts.set(source, { minute: minuteOf(clock), count });
      if (counts.size > maxSources) dropOldest(counts);
      if (count === REFUSALS_A_MINUTE + 1) onBurst(source);
    },
  };
}

const minuteOf = (clock: Clock): number => Math.floor(clock.now() / 60);

function dropOldest(counts: Map<string, unknown>): void {
  for (const oldest of counts.keys()) {
    counts.delete(oldest);
    return;
  }
}
