/**
 * A receipt that the site brought by itself: one that an answer lost, one of a pulled action, or
 * one of a restore that an administrator ran there. Byte for byte the same is acknowledged again;
 * another one with its action or its number is an incident.
 */
import { levelAfter } from "../domain/outcome.ts";
import { localRestoreIdOf } from "../signing/action-id.ts";
import { digestOfText } from "../signing/digest.ts";
import { parsePayload } from "../signing/payload.ts";
import { parseToken } from "../signing/profile.ts";
import type { Receipt } from "./ask.ts";
import { type Fleet, instantOf, type PairedSite } from "./fleet.ts";
import { ownLevel } from "./levels.ts";
import { record } from "./record.ts";
import type { Job } from "./store-port.ts";
import { detect, incidentJob } from "./detect.ts";
import { noteHead } from "./witness.ts";

export async function takeReceipt(
  fleet: Fleet,
  { site, ...paired }: PairedSite,
  receipt: Receipt,
): Promise<readonly Job[]> {
  const { sub, out, rseq } = receipt.claims;
  const known = recordedOf(fleet, { site, receipt });
  if (known === "same") return [];
  if (known === "other") return conflict(fleet, site);
  await noteHead(fleet, { site, ...paired }, receipt.claims);
  const authorisation = fleet.log.history.authorisations.get(sub);
  if (authorisation?.entry.site === site && authorisation.end === null) {
    await record(fleet, authorisation, receipt);
    return [];
  }
  if (out === "local_restore" && sub === localRestoreIdOf({ rseq, site })) {
    return recordLocalRestore(fleet, site, receipt);
  }
  return conflict(fleet, site);
}

/** Whether its action or its number is on record, and with these very bytes. */
function recordedOf(
  fleet: Fleet,
  { site, receipt }: { readonly site: PairedSite["site"]; readonly receipt: Receipt },
): "new" | "same" | "other" {
  const { sub, epoch, rseq } = receipt.claims;
  for (const entry of fleet.log.entries.toReversed()) {
    if (entry.kind !== "receipt" || entry.site !== site) continue;
    if (entry.token === receipt.token) return "same";
    const number = numberOf(entry.token);
    if (entry.sub === sub || (number.epoch === epoch && number.rseq === rseq)) return "other";
  }
  return "new";
}

/** Of a token on record: it was verified when it came. */
function numberOf(token: string): { readonly epoch: unknown; readonly rseq: unknown } {
  const parsed = parseToken(token, {});
  const claims = parsed.ok ? parsePayload(parsed.payload) : undefined;
  return { epoch: claims?.["epoch"], rseq: claims?.["rseq"] };
}

async function conflict(fleet: Fleet, site: PairedSite["site"]): Promise<readonly Job[]> {
  await detect(fleet, site, "receipt_mismatch");
  return [];
}

async function recordLocalRestore(
  fleet: Fleet,
  site: PairedSite["site"],
  { claims, token, detail }: Receipt,
): Promise<readonly Job[]> {
  const at = instantOf(fleet.clock.now());
  const { sub, out } = claims;
  fleet.evidence.delete(site);
  await fleet.log.append((history) => {
    const state = ownLevel(history, site);
    const after = levelAfter(out, { mode: "rollback", state, at });
    const said = {
      at,
      detail: digestOfText(detail),
      kind: "receipt",
      out,
      site,
      sub,
      token,
    } as const;
    const level = after === null ? [] : [{ at, by: null, ...after, kind: "level", site } as const];
    return { entries: [said, ...level] };
  });
  return [incidentJob(fleet, site, "local_restore")];
}
