/** Puts on record which sites fell silent and which are heard again: one line for each change. */
import type { EntryOf } from "../contract/audit-entry.ts";
import { isSilent, heardAt } from "../domain/heartbeat.ts";
import { recordedSilence } from "../domain/silence.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import type { Beat } from "./store-port.ts";

export async function noteSilence(fleet: Fleet): Promise<void> {
  const beats = await fleet.store.beats(fleet.repository.id);
  const at = instantOf(fleet.clock.now());
  await fleet.log.append(({ pairings }) => {
    const known = recordedSilence(fleet.log.entries);
    const entries = beats
      .filter(({ site }) => pairings.has(site) || known.has(site))
      .flatMap((beat) => changeOf(beat, { at, wasSilent: known.has(beat.site) }));
    return entries.length === 0 ? null : { entries };
  });
}

function changeOf(
  beat: Beat,
  { at, wasSilent }: { readonly at: string; readonly wasSilent: boolean },
): EntryOf<"silence">[] {
  const over = !isSilent(beat);
  if (over !== wasSilent) return [];
  const since = instantOf(heardAt(beat));
  return [{ at, kind: "silence", over, since, site: beat.site }];
}
