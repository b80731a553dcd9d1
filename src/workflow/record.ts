/** A receipt goes on record, together with what it means for the site's level. */
import type { EntryOf } from "../contract/audit-entry.ts";
import { ReceiptDetail } from "../contract/evidence-detail.ts";
import type { Authorisation } from "../domain/history.ts";
import { levelAfter } from "../domain/outcome.ts";
import { reach } from "../failpoint.ts";
import { parseCanonical } from "../signing/canonical.ts";
import { digestOfText } from "../signing/digest.ts";
import type { Receipt } from "./ask.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { levelEntry, ownLevel } from "./levels.ts";

/**
 * Appends the receipt and the level it causes in one step, so that no crash can leave one without
 * the other. Reporting it to people is a job of its own.
 * @returns whether the action has its end
 */
export async function record(
  fleet: Fleet,
  authorisation: Authorisation,
  receipt: Receipt,
): Promise<boolean> {
  const { entry } = authorisation;
  const { claims, token, detail } = receipt;
  const now = fleet.clock.now();
  const at = instantOf(now);
  const { sub, site } = entry;
  fleet.evidence.delete(site);
  reach("record.before");
  await fleet.log.append((history) => {
    if (history.authorisations.get(sub)?.end !== null) return null;
    if (claims.sub !== sub || claims.plan !== entry.plan || claims.mode !== entry.mode) {
      // A site that answers for something else: its action stays open, and unknown.
      const entries = levelEntry(history, site, { at, cause: "receipt_mismatch" });
      const told = { kind: "report", key: "incidents", runAt: now } as const;
      return entries.length === 0 ? null : { entries, jobs: [told] };
    }
    const { out } = claims;
    const said = {
      at,
      detail: digestOfText(detail),
      kind: "receipt",
      out,
      ...schemaOf(detail),
      site,
      sub,
      token,
    } as const;
    const after = levelAfter(out, { mode: entry.mode, state: ownLevel(history, site), at });
    const level = after === null ? [] : [{ at, by: null, ...after, kind: "level", site } as const];
    return {
      entries: [said, ...level],
      jobs: [
        { kind: "report", key: String(entry.pr), runAt: now },
        { kind: "deliver", key: site, runAt: now },
      ],
    };
  });
  reach("record.after");
  return fleet.log.history.authorisations.get(sub)?.end !== null;
}

/** Fleet knowledge: what this step did to the database here, later proposals are told. */
function schemaOf(detail: string): Pick<EntryOf<"receipt">, "schema"> {
  const { data } = ReceiptDetail.safeParse(parseCanonical(detail));
  const changed = data?.schemaChanged ?? null;
  return changed === null ? {} : { schema: changed ? "changed" : "same" };
}
