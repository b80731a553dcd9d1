/**
 * The message that carries an authorised action, made at the last moment: judged again, signed,
 * and written down as sent before it leaves, whichever door it leaves by.
 */
import type { ClaimsOf } from "../contract/claims.ts";
import type { Digest } from "../contract/ids.ts";
import { isClockOff } from "../domain/heartbeat.ts";
import { keysOf } from "../domain/key-position.ts";
import { type Authorisation, levelOf } from "../domain/history.ts";
import { CountersignError } from "../errors.ts";
import { reach } from "../failpoint.ts";
import { mintToken } from "../signing/mint.ts";
import { envelope, signerFor } from "./ask.ts";
import { type Fleet, instantOf, type PairedSite } from "./fleet.ts";
import { isUnfrozen, levelAllows, nextAction } from "./may-run.ts";
import { type PolicyOfNow, policyOfNow, turnIn } from "./rollouts.ts";
import { headOf } from "./witness.ts";

export interface IssuedAction {
  readonly message: { readonly token: string; readonly plan: string; readonly proof: string };
  readonly digest: Digest;
}

/**
 * `null` where it may not go now. Its sending is on record when this resolves: whoever has the
 * message has to send it.
 * @throws CountersignError `store_unusable` where the plan's text is lost
 */
export async function issueAction(
  fleet: Fleet,
  site: PairedSite,
  next: Authorisation,
): Promise<IssuedAction | null> {
  if (!levelAllows(fleet.log.history, next.entry)) return null;
  if (!hasKeysOfToday(fleet, site)) return null;
  const plan = await fleet.log.text(next.entry.plan);
  if (plan === null) throw lostPlan(next.entry);
  const policy = await policyFor(fleet, next.entry);
  if (policy === null || (await hasClockOff(fleet, site))) return null;
  const proof = await fleet.log.proof(next.seq, await headOf(fleet, site));
  reach("mint.before");
  const claims = actionClaims(fleet, site, next);
  const { token, digest } = await mintToken("action", claims, await signerFor(fleet, site));
  reach("mint.after");
  const { sub } = next.entry;
  // Judged, and written down, in one turn with every change of level and every outcome: nothing is
  // sent after a hold, nor after the first site that was hurt.
  let allowed = false;
  await fleet.log.append((history) => {
    const newest = nextAction(history, site.site);
    const now = fleet.clock.now();
    allowed =
      newest?.entry.sub === sub &&
      newest.sentAt === null &&
      levelAllows(history, next.entry) &&
      (policy === "any" || turnIn(history, policy, { ...next, now }).kind === "go");
    const at = instantOf(now);
    const sent = { at, kind: "sent", site: site.site, sub, token: digest } as const;
    return allowed ? { entries: [sent] } : null;
  });
  if (!allowed) return null;
  // Of two runs that have it, the one whose line is on the branch sends it.
  if (fleet.forgetsJournal === true) await fleet.log.flush();
  fleet.evidence.delete(site.site);
  return { message: { token, plan, proof }, digest };
}

/** No action leaves for a site that has not taken the keys of the newest generation yet. */
function hasKeysOfToday({ log }: Fleet, { site, epoch }: PairedSite): boolean {
  const { keys, anchors } = log.history;
  return keysOf(keys, site, epoch).gen >= (anchors?.gen ?? 1);
}

/** What an `apply` is judged by; `null` where it may not go, and nothing for a way back. */
async function policyFor(
  fleet: Fleet,
  entry: Authorisation["entry"],
): Promise<PolicyOfNow | "any" | null> {
  if (entry.mode !== "apply") return "any";
  const policy = await policyOfNow(fleet);
  return policy !== null && (await isUnfrozen(fleet, policy, entry)) ? policy : null;
}

/** A site whose clock is off would take a dead token for a living one. */
async function hasClockOff(fleet: Fleet, site: PairedSite): Promise<boolean> {
  const beat = await fleet.store.beat(fleet.repository.id, site.site);
  return beat !== null && isClockOff(beat.skew);
}

function actionClaims(fleet: Fleet, site: PairedSite, next: Authorisation): ClaimsOf<"action"> {
  const { evd, merge, mode, plan, pol, pr, pre, sub } = next.entry;
  const { level: lvl, index: lvx } = levelOf(fleet.log.history, site.site);
  const common = envelope(fleet, site, fleet.clock.now());
  return { ...common, evd, lvl, lvx, merge, mode, plan, pol, pr, pre, seq: next.seq, sub };
}

function lostPlan({ plan, site }: Authorisation["entry"]): CountersignError {
  return new CountersignError(
    "store_unusable",
    `The plan ${plan} for ${site} is not in the store.`,
    {
      hint: "Look for it under plans/ on the audit branch, and see docs/errors.md: nothing is sent without it.",
    },
  );
}
