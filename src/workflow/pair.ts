/**
 * A site's key comes: both signatures are checked against the open window, and the window is used
 * up, by one entry of the log. What the key is worth is found out afterwards, by asking the site's
 * own address (prove-pairing.ts). docs/protocol.md, "Pairing".
 */
import { digestOfText } from "../signing/digest.ts";
import { SiteId } from "../contract/ids.ts";
import type { PairingWindow } from "../domain/pairing-window.ts";
import { parsePayload } from "../signing/payload.ts";
import { verifyPairing } from "../signing/pairing.ts";
import { parseToken } from "../signing/profile.ts";
import { kidOf } from "../signing/thumbprint.ts";
import { type MessageHandler, refusedFor } from "./door.ts";
import { cpName, type Fleet, instantOf, siteName } from "./fleet.ts";

/** A pairing at the control plane's door: whoever holds the string and is the site may use it once. */
export const receivePairing: MessageHandler = async (fleet, message) => {
  const { token, ...texts } = message;
  const site = Object.keys(texts).length === 0 ? senderOf(token) : null;
  if (site === null) return refusedFor("a pairing has no texts, and names its site");
  const taken = await takePairing(fleet, { token, site, now: fleet.clock.now() });
  if (taken.kind === "refused") return refusedFor(`pairing of ${site}: ${taken.why}`);
  const runAt = fleet.clock.now();
  return { kind: "accepted", answer: {}, jobs: [{ kind: "pair", key: site, runAt }] };
};

/** Whom the token says it is from: only chooses the window that it is held against. */
function senderOf(token: string): SiteId | null {
  const parsed = parseToken(token, {});
  const iss = parsed.ok ? parsePayload(parsed.payload)?.["iss"] : undefined;
  if (typeof iss !== "string" || !iss.startsWith("site:")) return null;
  return SiteId.safeParse(iss.slice("site:".length)).data ?? null;
}

export type Taken = { readonly kind: "taken" } | { readonly kind: "refused"; readonly why: string };

interface Carried {
  readonly token: string;
  readonly site: SiteId;
  /** When it came: of the comment where a person carried it. */
  readonly now: number;
}

/** Uses the window up where this is its pairing. Of two that come at once exactly one is taken. */
export async function takePairing(fleet: Fleet, { token, site, now }: Carried): Promise<Taken> {
  const window = fleet.log.history.windows.get(site);
  const closed = closedBy(window, now, fleet.log.history.generation);
  if (window === undefined || closed !== null) return { kind: "refused", why: closed ?? "" };
  const { opened } = window;
  const verdict = verifyPairing(token, {
    iss: siteName(site),
    aud: cpName(fleet),
    now,
    home: opened.home,
    trust: opened.trust,
    pairingKey: opened.pairing,
    texts: {},
  });
  if (!verdict.ok) return { kind: "refused", why: verdict.reason };
  const { key } = verdict.claims;
  const turn = { isOurs: false };
  await fleet.log.append((history) => {
    const current = history.windows.get(site);
    turn.isOurs = current?.opened === opened && current.received === null;
    if (!turn.isOurs) return null;
    const at = instantOf(fleet.clock.now());
    const received = { epoch: opened.epoch, key, kid: kidOf(key), token: digestOfText(token) };
    return { entries: [{ at, kind: "pairing.received", site, ...received }] };
  });
  return turn.isOurs ? { kind: "taken" } : { kind: "refused", why: "the window is used" };
}

/** Why nothing can come through; `null` while it is open. */
function closedBy(
  window: PairingWindow | undefined,
  now: number,
  generation: number,
): string | null {
  if (window === undefined) return "no window is open";
  // Its site would pin keys that a newer generation has just ended.
  if (window.opened.gen !== generation) return "the window is of another generation of keys";
  if (window.received !== null) return "the window is used";
  return now < Date.parse(window.opened.until) / 1000 ? null : "the window is over";
}
