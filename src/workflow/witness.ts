/** Each site is a witness: it countersigns the newest log head that it has verified. */
import type { ClaimsOf } from "../contract/claims.ts";
import { EMPTY_DIGEST } from "../signing/digest.ts";
import { type Fleet, instantOf, type PairedSite } from "./fleet.ts";
import { levelEntry } from "./levels.ts";
import { claimedSize, mismatch } from "./log-branch.ts";
import type { SiteHead } from "./store-port.ts";

type Countersigned = Pick<ClaimsOf<"evidence">, "size" | "root" | "iat">;

/**
 * Keeps the head for the next proof. A head that this log never had means that somebody else
 * signs with our log key, or that our log was rewritten: nothing runs in the fleet any more.
 * @throws CountersignError `log_mismatch` where a run that forgets its journal was overtaken
 */
export async function noteHead(
  fleet: Fleet,
  site: PairedSite,
  { size, root, iat }: Countersigned,
): Promise<void> {
  if (await fleet.log.agreesWith({ size, root })) {
    const known = await headOf(fleet, site);
    // A stored receipt tells of the head of its own time, and most beats tell of the same head.
    if (iat < known.at || (size === known.size && root === known.root)) return;
    await fleet.store.remember(fleet.repository.id, site.site, { size, root, at: iat });
    return;
  }
  // Of runs that share nothing another one may have shown the site what is no fork but the log.
  if (fleet.forgetsJournal === true) await refuseMoved(fleet);
  const at = instantOf(fleet.clock.now());
  await fleet.log.append((history) => {
    const entries = levelEntry(history, null, { at, cause: "log_forked" });
    const told = { kind: "report", key: "incidents", runAt: fleet.clock.now() } as const;
    return entries.length === 0 ? null : { entries, jobs: [told] };
  });
}

async function refuseMoved({ forge, log }: Fleet): Promise<void> {
  const head = await forge.auditHead();
  if (head !== null && claimedSize(head) !== log.flushedSize) {
    throw mismatch("The audit branch went on meanwhile.");
  }
}

/** The head that a site is known to have verified; size 0 before any. */
export async function headOf(fleet: Fleet, site: PairedSite): Promise<SiteHead> {
  const seen = await fleet.store.seen(fleet.repository.id, site.site);
  return seen ?? { size: 0, root: EMPTY_DIGEST, at: 0 };
}
