/**
 * A site's heartbeat: verified, taken once, and acknowledged. What it carries is recorded before
 * the ack leaves; what waits for the site leaves with it. docs/protocol.md, "Heartbeat".
 */
import type { ClaimsOf, TextsOf } from "../contract/claims.ts";
import { type Bytes32, type Digest, SiteId } from "../contract/ids.ts";
import { levelOf } from "../domain/history.ts";
import { parseCanonical } from "../signing/canonical.ts";
import { digestOfText } from "../signing/digest.ts";
import { mintToken } from "../signing/mint.ts";
import { parsePayload } from "../signing/payload.ts";
import { parseToken } from "../signing/profile.ts";
import { pinnedKeys } from "../signing/public-key.ts";
import { remembered } from "../signing/remembered.ts";
import { verifyToken } from "../signing/verify.ts";
import { envelope, readReceipt, signerFor } from "./ask.ts";
import { type MessageHandler, type Received, refusedFor } from "./door.ts";
import { cpName, type Fleet, type PairedSite, pairedSite, siteName } from "./fleet.ts";
import { noteForged } from "./forged.ts";
import { takeInventory } from "./inventories.ts";
import { inventoryQuestion } from "./known-files.ts";
import { keysetBeside } from "./keysets.ts";
import { pendingText } from "./pending.ts";
import type { Message } from "./ports.ts";
import type { Job, NewBeat } from "./store-port.ts";
import { takeReceipt } from "./take-receipt.ts";
import { detect } from "./detect.ts";
import { noteHead } from "./witness.ts";

type Claims = ClaimsOf<"heartbeat">;

export const heartbeat: MessageHandler = async (fleet, message) => {
  const site = await senderOf(fleet, message.token);
  if (site === null) return refusedFor("no paired site");
  const { token, ...texts } = message;
  const verdict = verifyToken("heartbeat", token, factsOf(fleet, site, texts));
  if (!verdict.ok) {
    if (verdict.reason === "time") await noteClock(fleet, site, message);
    else noteForged(fleet, site);
    return refusedFor(verdict.proto === undefined ? verdict.reason : `proto ${verdict.proto}`);
  }
  const { claims, digest } = verdict;
  const receipts = receiptsIn(verdict.texts.receipts);
  if (receipts === null) return refusedFor("receipts");
  const taken = await fleet.store.takeBeat(fleet.repository.id, beatOf(fleet, site, claims));
  if (!taken.moved) return repeated(fleet, site, { iat: claims.iat, storedIat: taken.storedIat });
  await noteHead(fleet, site, claims);
  await noteInventory(fleet, site, { claims, texts: verdict.texts });
  const jobs: Job[] = [];
  for (const receipt of receipts) jobs.push(...(await receive(fleet, site, receipt)));
  return { kind: "accepted", answer: await acknowledge(fleet, site, digest), jobs };
};

/** The site that the token says it is from, where that is one of ours; the signature decides. */
export async function senderOf(fleet: Fleet, token: string): Promise<PairedSite | null> {
  const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString("latin1");
  const { data: site } = SiteId.safeParse(/"iss":"site:([^"]*)"/u.exec(payload)?.[1]);
  return site === undefined ? null : pairedSite(fleet, site);
}

/** Naming a key costs a hash, and each site has one. */
const keysOfSite = remembered(16_384, (x: Bytes32) => pinnedKeys([{ x }]));

/** What a beat of this site is verified with. */
export function factsOf(fleet: Fleet, site: PairedSite, texts: Readonly<Record<string, string>>) {
  return {
    keys: keysOfSite(site.key),
    iss: siteName(site.site),
    aud: cpName(fleet),
    epoch: site.epoch,
    now: fleet.clock.now(),
    texts,
  };
}

/** What is kept of a verified beat. */
export function beatOf(fleet: Fleet, { site }: PairedSite, claims: Claims): NewBeat {
  const { epoch, hbseq, iat, every, inv, last, lvl, ver } = claims;
  const at = fleet.clock.now();
  return { site, epoch, hbseq, iat, every, inv, last, lvl, ver, at, skew: iat - at };
}

/**
 * A number that was there before. Made no later than the stored beat it is a replay or a
 * straggler, and moves nothing. Made later, two sites count, or one that was set back: a clone, or
 * a restored backup.
 */
async function repeated(
  fleet: Fleet,
  { site }: PairedSite,
  { iat, storedIat }: { readonly iat: number; readonly storedIat: number },
): Promise<Received> {
  if (iat <= storedIat) return refusedFor("replay");
  await detect(fleet, site, "restored_or_cloned");
  return refusedFor("clone");
}

/**
 * Well signed, and dead by our clock: where its number is new it is no replay, and the site's
 * clock is wrong. People see it; nothing of the beat is taken.
 */
async function noteClock(fleet: Fleet, site: PairedSite, message: Message): Promise<void> {
  const { token, ...texts } = message;
  const parsed = parseToken(token, texts);
  const iat = parsed.ok ? parsePayload(parsed.payload)?.["iat"] : undefined;
  if (typeof iat !== "number") return;
  const facts = { ...factsOf(fleet, site, texts), now: iat };
  const verdict = verifyToken("heartbeat", token, facts);
  const stored = await fleet.store.beat(fleet.repository.id, site.site);
  if (!verdict.ok || stored === null || verdict.claims.hbseq <= stored.hbseq) return;
  const skew = iat - fleet.clock.now();
  await fleet.store.noteContact(fleet.repository.id, site.site, { skew });
}

/** Kept where it came; asked for where its digest is new here and it did not. */
async function noteInventory(
  fleet: Fleet,
  { site }: PairedSite,
  { claims, texts }: { readonly claims: Claims; readonly texts: TextsOf<"heartbeat"> },
): Promise<void> {
  const { id: repo } = fleet.repository;
  const at = fleet.clock.now();
  if (texts.inventory !== undefined) {
    await takeInventory(fleet, site, { digest: claims.inv, text: texts.inventory, arg: null });
    return;
  }
  const kept = await fleet.store.inventory(repo, site);
  if (kept?.digest === claims.inv) return;
  const arg = await inventoryQuestion(fleet, site);
  await fleet.store.putQuestion(repo, {
    site,
    ask: "inventory",
    arg,
    digest: digestOfText(arg),
    at,
  });
}

/** The list beside the beat; `null` where it is none: then nothing of the message is taken. */
function receiptsIn(text: string | undefined): readonly Message[] | null {
  if (text === undefined) return [];
  const list = parseCanonical(text);
  if (!Array.isArray(list)) return null;
  const receipts: Message[] = [];
  for (const one of list) {
    if (typeof one !== "object" || one === null || Array.isArray(one)) return null;
    const { detail, token, ...more } = one;
    if (typeof detail !== "string" || typeof token !== "string") return null;
    if (Object.keys(more).length > 0) return null;
    receipts.push({ detail, token });
  }
  return receipts;
}

/** One that does not verify stays unrecorded, and does not hold up the others. */
async function receive(fleet: Fleet, site: PairedSite, message: Message): Promise<readonly Job[]> {
  const receipt = readReceipt(fleet, site, message);
  return receipt === null ? [] : takeReceipt(fleet, site, receipt);
}

async function acknowledge(
  fleet: Fleet,
  site: PairedSite,
  re: Digest,
): Promise<Readonly<Record<string, string>>> {
  const beside = await keysetBeside(fleet, site);
  const pending = await pendingText(fleet, site);
  const { level: lvl, index: lvx } = levelOf(fleet.log.history, site.site);
  const common = envelope(fleet, site, fleet.clock.now());
  const claims: ClaimsOf<"ack"> = { ...common, lvl, lvx, pend: digestOfText(pending), re };
  const signer = await signerFor(fleet, site, beside?.at);
  const { token } = await mintToken("ack", claims, signer);
  return { ...(beside === null ? {} : { keyset: beside.token }), token, pending };
}
