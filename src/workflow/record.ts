/** A receipt goes on record, together with what it means for the site's level. */
import type { AuditEntry } from "../contract/audit-entry.ts";
import type { Authorisation } from "../domain/history.ts";
import { levelAfter, type LevelChange } from "../domain/outcome.ts";
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
  const { sub, site } = entry;
  await fleet.log.append((history) => {
    if (history.authorisations.get(sub)?.end !== null) return null;
    const own = history.siteLevels.get(site)?.level ?? "normal";
    const level = (change: LevelChange): AuditEntry => ({
      at,
      by: null,
      ...change,
      kind: "level",
      site,
    });
    if (claims.sub !== sub || claims.plan !== entry.plan || claims.mode !== entry.mode) {
      return own === "contained" ? null : { entries: [level(receiptMismatch)] };
    }
    const { out } = claims;
    const said = {
      at,
      detail: digestOfText(detail),
      kind: "receipt",
      out,
      site,
      sub,
      token,
    } as const;
    const after = levelAfter(out, { mode: entry.mode, level: own });
    return {
      entries: after === null ? [said] : [said, level(after)],
      jobs: [
        { kind: "report", key: sub, runAt: now },
        { kind: "deliver", key: site, runAt: now },
      ],
    };
  });
}

/** A site that answers for something else than it was asked: its action stays open, and unknown. */
const receiptMismatch = { level: "contained", cause: "receipt_mismatch" } as const;
