/** A receipt goes on record, together with what it means for the site's level. */
import type { AuditEntry } from "../contract/audit-entry.ts";
import type { ActionId, SiteId } from "../contract/ids.ts";
import type { Authorisation } from "../domain/history.ts";
import { levelAfter } from "../domain/outcome.ts";
import { digestOfText } from "../signing/digest.ts";
import type { Receipt } from "./ask.ts";
import { type Fleet, instantOf } from "./fleet.ts";

/**
 * Appends the receipt and the level it causes in one step, so that no crash can leave one without
 * the other. Reporting it to people is a job of its own.
 */
export async function record(
  fleet: Fleet,
  authorisation: Authorisation,
  receipt: Receipt,
): Promise<void> {
  const { entry } = authorisation;
  const { claims, token, detail } = receipt;
  const now = fleet.clock.now();
  const at = instantOf(now);
  await fleet.log.append((history) => {
    if (history.authorisations.get(entry.sub)?.end !== null) return null;
    const said: AuditEntry = {
      at,
      detail: digestOfText(detail),
      kind: "receipt",
      out: claims.out,
      site: entry.site,
      sub: entry.sub,
      token,
    };
    const fits =
      claims.sub === entry.sub && claims.plan === entry.plan && claims.mode === entry.mode;
    const own = history.siteLevels.get(entry.site)?.level ?? "normal";
    const level = fits ? levelAfter(claims.out, { mode: entry.mode, level: own }) : receiptMismatch;
    const entries: AuditEntry[] = [said];
    if (level !== null) {
      entries.push({ at, by: null, ...level, kind: "level", site: entry.site });
    }
    return { entries, jobs: [report(entry.sub, now), settle(entry.site, now)] };
  });
}

/** A site that answers for something else than what it was asked is not to be trusted. */
const receiptMismatch = { level: "contained", cause: "receipt_mismatch" } as const;

const report = (sub: ActionId, runAt: number) => ({ kind: "report" as const, key: sub, runAt });
const settle = (site: SiteId, runAt: number) => ({ kind: "deliver" as const, key: site, runAt });
