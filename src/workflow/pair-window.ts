/**
 * `/countersign pair <site> <public key>`: a person opens the window for one pairing. The window is
 * an entry of the log; the only secret stays on that person's machine. docs/protocol.md, "Pairing".
 */
import { originOf } from "../audit/checkpoint.ts";
import { signNote } from "../audit/note.ts";
import type { EntryOf } from "../contract/audit-entry.ts";
import { Bytes32, SiteId } from "../contract/ids.ts";
import type { PairingOffer } from "../contract/pairing.ts";
import type { History } from "../domain/history.ts";
import { nextPairingKeys } from "../domain/key-position.ts";
import { pairProblem, windowText } from "../render/pair-answer.ts";
import { digestOfText } from "../signing/digest.ts";
import { offerText, trustOf } from "../signing/pairing-text.ts";
import { verificationKey } from "../signing/public-key.ts";
import { type Handled, said } from "./answer.ts";
import { siteFileOf } from "./control-files.ts";
import { cpName, type Fleet, instantOf, siteName } from "./fleet.ts";
import type { IssueComment } from "./forge-port.ts";
import { takePairing } from "./pair.ts";
import { readPolicy } from "./review.ts";

export interface PairCommand {
  readonly target: string | null;
  /** The public key, or in Action mode the whole pairing token. */
  readonly text: string | null;
  readonly issue: number;
  readonly comment: IssueComment;
}

/** The right was judged before. Said again by the same comment it gives the same answer. */
export async function pairCommand(fleet: Fleet, asked: PairCommand): Promise<Handled> {
  const { target, text, comment } = asked;
  const site = SiteId.safeParse(target);
  if (!site.success) return said(pairProblem.no_site);
  if (text === null) return said(pairProblem.no_key(site.data));
  if (text.includes(".")) return carried(fleet, { site: site.data, token: text, comment });
  const key = Bytes32.safeParse(text);
  if (!key.success || verificationKey(key.data) === undefined) return said(pairProblem.weak_key);
  const { attested } = fleet.log.history;
  const policy = attested === null ? null : await readPolicy(fleet, attested);
  if (attested === null || policy?.reading.kind !== "read") return said(pairProblem.no_policy);
  const { log, pairing } = policy.reading.config;
  const file = siteFileOf(await fleet.forge.controlTree(attested), site.data);
  if (file === null) return said(pairProblem.unknown_site(site.data));
  if (log === undefined) return said(pairProblem.no_policy);
  const opened = await open(fleet, asked, {
    site: site.data,
    pairing: key.data,
    home: digestOfText(file.url),
    anchors: log,
    seconds: pairing.window,
    taken: file.connector?.epoch ?? 0,
  });
  if (opened === null) return said(pairProblem.too_late);
  const offer = await offerOf(fleet, opened, log);
  const signer = await fleet.keys.logSigner({ cp: cpName(fleet), gen: opened.gen });
  const note = await signNote(`${offerText(offer)}\n`, originOf(fleet.repository.id), signer);
  const { until } = opened;
  return said(windowText({ site: site.data, until, note, url: fleet.doorUrl }));
}

interface Wanted {
  readonly site: SiteId;
  readonly pairing: Bytes32;
  readonly home: EntryOf<"pairing.opened">["home"];
  readonly anchors: Anchors;
  readonly seconds: number;
  /** The epoch of the site's file: later than what is there, whatever the log says. */
  readonly taken: number;
}
interface Anchors {
  readonly key: Bytes32;
  readonly recovery: Bytes32;
}

/** `null` where the window would be over already. */
async function open(
  fleet: Fleet,
  { comment, issue }: PairCommand,
  wanted: Wanted,
): Promise<EntryOf<"pairing.opened"> | null> {
  const { site, pairing, home, seconds } = wanted;
  const until = Math.floor(Date.parse(comment.createdAt) / 1000) + seconds;
  const now = fleet.clock.now();
  // A comment dated ahead of our clock opens nothing longer than the policy allows.
  const end = Math.min(until, now + seconds);
  if (comment.user === null || !(end > now)) return null;
  const by = comment.user.id;
  const known = windowOf(fleet.log.history, site);
  if (known?.comment === comment.id) return known;
  const epoch = Math.max(wanted.taken, lastEpoch(fleet.log.history, site)) + 1;
  const bare = { epoch, ...nextPairingKeys(fleet.log.history.generation), site };
  const trust = trustOf(await offerOf(fleet, bare, wanted.anchors));
  await fleet.log.append((history) => {
    const isNext = lastEpoch(history, site) < epoch;
    if (!isNext) return null;
    const at = instantOf(now);
    const what = { ...bare, by, comment: comment.id, home, issue, pairing, trust };
    return { entries: [{ at, kind: "pairing.opened", until: instantOf(end), ...what }] };
  });
  const opened = windowOf(fleet.log.history, site);
  return opened?.comment === comment.id ? opened : null;
}

const windowOf = (history: History, site: SiteId): EntryOf<"pairing.opened"> | null =>
  history.windows.get(site)?.opened ?? null;

/** Every window has an epoch of its own, so that no string fits two. */
function lastEpoch(history: History, site: SiteId): number {
  return Math.max(
    history.pairings.get(site)?.epoch ?? 0,
    history.windows.get(site)?.opened.epoch ?? 0,
  );
}

type Opened = Pick<EntryOf<"pairing.opened">, "epoch" | "gen" | "kver" | "site">;

/** The keys that a site of this epoch is to pin. */
export async function offerOf(
  fleet: Fleet,
  { epoch, gen, kver, site }: Opened,
  { key, recovery }: Anchors,
): Promise<PairingOffer> {
  const [cp, party] = [cpName(fleet), siteName(site)];
  const { x: action } = await fleet.keys.actionSigner({ cp, site: party, epoch, gen, kver });
  // The policy names the first keys for ever; a later generation has its own.
  const { anchors } = fleet.log.history;
  const now = anchors?.gen === gen ? anchors : null;
  const log = now?.log ?? (gen === 1 ? key : (await fleet.keys.logSigner({ cp, gen })).x);
  const pinned = { log, recovery: now?.recovery ?? recovery };
  return { action, cp, epoch, gen, kver, ...pinned, site: party };
}

/** A token that a person carried here: its time is judged at the comment's. */
async function carried(
  fleet: Fleet,
  { site, token, comment }: { site: SiteId; token: string; comment: IssueComment },
): Promise<Handled> {
  const createdAt = Math.floor(Date.parse(comment.createdAt) / 1000);
  const taken = await takePairing(fleet, { token, site, now: createdAt });
  if (taken.kind === "refused") return said(pairProblem.not_taken);
  const runAt = fleet.clock.now();
  return { text: pairProblem.taken(site), jobs: [{ kind: "pair", key: site, runAt }] };
}
