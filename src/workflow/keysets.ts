/**
 * New keys for a site, without stopping deliveries: ordered on record, brought to the site by push
 * or by pull, and in force once the site has greeted under them. Until then the old version speaks,
 * and whichever of the two the site believes is found out by a signed `hello`. The first version of
 * a new generation is the recovery key's, as it stands on record.
 * docs/protocol.md, "Keys".
 */
import type { ClaimsOf } from "../contract/claims.ts";
import type { Digest, SiteId } from "../contract/ids.ts";
import { type KeyPosition, keysOf, type OrderedKeys } from "../domain/key-position.ts";
import { digestOfText, EMPTY_DIGEST } from "../signing/digest.ts";
import { mintToken } from "../signing/mint.ts";
import type { Signer } from "../signing/signer.ts";
import { kidOf } from "../signing/thumbprint.ts";
import { ask, queryOf, readAnswer, signerFor } from "./ask.ts";
import { isPulled, noteUnreached } from "./contact.ts";
import { cpName, type Fleet, instantOf, type PairedSite, pairedSite, siteName } from "./fleet.ts";
import type { Message } from "./ports.ts";
import type { Job } from "./store-port.ts";

const again = { soon: 10, later: 60 };

export const keysetJob = (fleet: Fleet, site: SiteId, inSeconds = 0): Job => ({
  kind: "keyset",
  key: site,
  runAt: fleet.clock.now() + inSeconds,
});

/**
 * Orders the next version for a paired site; one that is on its way already is the same order.
 * @returns the position that is on its way
 */
export async function orderKeyset(
  fleet: Fleet,
  paired: PairedSite,
  by: number | null,
): Promise<KeyPosition> {
  const { site, epoch } = paired;
  const { gen, kver, ordered } = keysOf(fleet.log.history.keys, site, epoch);
  const next = ordered === null ? { gen, kver: kver + 1 } : positionOf(ordered);
  const { kid } = await signerFor(fleet, paired, next);
  await fleet.log.append((history) => {
    if (keysOf(history.keys, site, epoch).ordered !== null) return null;
    const at = instantOf(fleet.clock.now());
    return {
      entries: [{ at, by, epoch, ...next, kid, kind: "keyset", phase: "ordered", site }],
      jobs: [keysetJob(fleet, site)],
    };
  });
  return next;
}

/** Brings what is ordered to the site. @returns when to look again; `null` when it is in force */
export async function deliverKeyset(fleet: Fleet, site: SiteId): Promise<Job | null> {
  const paired = await pairedSite(fleet, site);
  if (paired === null) return null;
  const next = keysOf(fleet.log.history.keys, site, paired.epoch).ordered;
  if (next === null) return null;
  if (await isPulled(fleet, site)) return keysetJob(fleet, site, again.later);
  const { token, digest } = await mintKeyset(fleet, paired, next);
  const answer = await fleet.sites.post(paired.url, { token }, 60, paired.privateAddresses);
  const read = await readAnswer(fleet, paired, answer, digest);
  if (read.kind === "evidence" && read.claims.ans === "hello") {
    await putInForce(fleet, paired, next);
    return null;
  }
  // Its answer may have been lost, and then the set is taken: only a greeting tells.
  const greeted = await ask(fleet, paired, { ask: "hello", arg: "" }, next);
  if (greeted.kind === "evidence" && greeted.claims.ans === "hello") {
    await putInForce(fleet, paired, next);
    return null;
  }
  await noteUnreached(fleet, site);
  return keysetJob(fleet, site, again.soon);
}

/** What an ack leaves with while new keys are on their way. */
export interface KeysetBeside {
  /** The ack is signed with the new key already: the site looks at the set first. */
  readonly at: KeyPosition;
  readonly token: string;
}

/** `null` where nothing is ordered for the site. */
export async function keysetBeside(fleet: Fleet, paired: PairedSite): Promise<KeysetBeside | null> {
  const next = keysOf(fleet.log.history.keys, paired.site, paired.epoch).ordered;
  if (next === null) return null;
  const { token } = await mintKeyset(fleet, paired, next);
  return { at: positionOf(next), token };
}

/** The greeting under new keys, for an ack that brings them; `null` where nothing is ordered. */
export async function pendingGreeting(fleet: Fleet, paired: PairedSite): Promise<Message | null> {
  const { site, epoch } = paired;
  const next = keysOf(fleet.log.history.keys, site, epoch).ordered;
  if (next === null) return null;
  const greeting = { ask: "hello", arg: "" } as const;
  const { message, digest } = await queryOf(fleet, paired, greeting, next);
  const at = fleet.clock.now();
  const arg = positionText(next);
  const question = { site, ask: "hello", arg, digest: EMPTY_DIGEST, at } as const;
  await fleet.store.putQuestion(fleet.repository.id, question);
  await fleet.store.noteAsked(fleet.repository.id, question, digest);
  return message;
}

/** The site greeted under a position that it took along with an ack. */
export async function greetedUnder(fleet: Fleet, site: PairedSite, text: string): Promise<void> {
  const next = keysOf(fleet.log.history.keys, site.site, site.epoch).ordered;
  if (next !== null && positionText(next) === text) await putInForce(fleet, site, next);
}

const positionOf = ({ gen, kver }: KeyPosition): KeyPosition => ({ gen, kver });
const positionText = ({ gen, kver }: KeyPosition): string => `keyset ${gen}.${kver}`;

async function putInForce(fleet: Fleet, paired: PairedSite, next: KeyPosition): Promise<void> {
  const { site, epoch } = paired;
  const { kid } = await signerFor(fleet, paired, next);
  await fleet.log.append((history) => {
    const { ordered } = keysOf(history.keys, site, epoch);
    if (ordered?.gen !== next.gen || ordered.kver !== next.kver) return null;
    const at = instantOf(fleet.clock.now());
    return {
      entries: [
        { at, by: null, epoch, ...positionOf(next), kid, kind: "keyset", phase: "in_force", site },
      ],
      // What waited for the new keys may go.
      jobs: [{ kind: "deliver", key: site, runAt: fleet.clock.now() }],
    };
  });
}

async function mintKeyset(
  fleet: Fleet,
  paired: PairedSite,
  next: OrderedKeys,
): Promise<{ readonly token: string; readonly digest: Digest }> {
  if (next.token !== null) return { token: next.token, digest: digestOfText(next.token) };
  const { site, epoch } = paired;
  const { anchors } = fleet.log.history;
  const action = await signerFor(fleet, paired, next);
  const log = await fleet.keys.logSigner({ cp: cpName(fleet), gen: next.gen });
  const entry = ({ kid, use, x }: Pick<Signer, "kid" | "use" | "x">) => ({ kid, use, x });
  const recovery = anchors?.recovery ?? log.x;
  const claims: ClaimsOf<"keyset"> = {
    aud: siteName(site),
    epoch,
    ...positionOf(next),
    iat: fleet.clock.now(),
    iss: cpName(fleet),
    keys: [entry(action), entry(log), { kid: kidOf(recovery), use: "recovery", x: recovery }],
  };
  return mintToken("keyset", claims, await signerFor(fleet, paired));
}
