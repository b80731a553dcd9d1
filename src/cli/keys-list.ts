/**
 * `countersign keys list`: which keys each paired site and the control plane speak with, by the
 * audit log of a clone. Ages are counted from the entry that put a key in force.
 */
import type { EntryOf } from "../contract/audit-entry.ts";
import { readHistory } from "../domain/history.ts";
import { keysOf } from "../domain/key-position.ts";
import { readEntries } from "./audit-log.ts";

const yearSeconds = 365 * 24 * 3600;

export interface KeyRow {
  readonly site: string;
  readonly epoch: number;
  /** Thumbprint of the site's own key. */
  readonly kid: string;
  readonly gen: number;
  readonly kver: number;
  /** The version that is on its way to the site; `null` for none. */
  readonly ordered: string | null;
  /** Its keys are of a generation that ended, and none are on their way: it has to be paired anew. */
  readonly left: boolean;
  /** Seconds since the control plane's key for this site is in force. */
  readonly ageSeconds: number;
}

export interface KeyReport {
  /** Whether the log verifies: without that nothing here is worth anything. */
  readonly ok: boolean;
  readonly keys: readonly KeyRow[];
}

/** @throws CountersignError `clone_unreadable` or `log_unreadable` */
export async function listKeys(folder: string, now: number): Promise<KeyReport> {
  const { entries, report } = await readEntries(folder);
  const history = readHistory(entries);
  const keys = [...history.pairings.values()].map((pairing): KeyRow => {
    const { gen, kver, since, ordered } = keysOf(history.keys, pairing.site, pairing.epoch);
    return {
      ...named(pairing),
      gen,
      kver,
      ordered: ordered === null ? null : `${ordered.gen}.${ordered.kver}`,
      left: ordered === null && gen < (history.anchors?.gen ?? 1),
      ageSeconds: now - Math.floor(Date.parse(since ?? pairing.at) / 1000),
    };
  });
  return { ok: report.ok, keys: keys.toSorted((a, b) => (a.site < b.site ? -1 : 1)) };
}

const named = ({ site, epoch, kid }: EntryOf<"pairing">) => ({ site, epoch, kid });

const isOld = ({ ageSeconds }: KeyRow): boolean => !(ageSeconds <= yearSeconds);

export function describeKeys({ ok, keys }: KeyReport): readonly string[] {
  const rows = keys.map((row) => {
    const days = Math.floor(row.ageSeconds / 86_400);
    const way = row.ordered === null ? "" : `, ${row.ordered} on its way`;
    return `${row.site}  epoch ${row.epoch}  site key ${row.kid}  action key ${row.gen}.${row.kver}${way}  ${days} days`;
  });
  const left = keys.filter((key) => key.left).map(({ site }) => `countersign pair ${site}`);
  const old = keys.filter(isOld).map(({ site }) => `/countersign rotate ${site}`);
  return [
    ...(ok ? [] : ["The log does not verify: run `countersign audit verify` first."]),
    ...(rows.length === 0 ? ["No site is paired."] : rows),
    ...(left.length === 0
      ? []
      : ["Left behind by the newest generation; pair them anew:", ...left]),
    ...(old.length === 0 ? [] : ["Older than a year; comment in the control repository:", ...old]),
  ];
}

/** 0 where nothing is old and the log verifies. */
export const keysExitCode = ({ ok, keys }: KeyReport): number =>
  ok && !keys.some((key) => key.left || isOld(key)) ? 0 : 1;
