/**
 * The pairing proposal: the keys that sites have proved, and the desired state that a new site's
 * inventory gives. Reviewed like any other; merged under the right `pair`, the sites are live.
 */
import { pathOfSite, type Tree } from "../contract/control-repository.ts";
import type { CommitSha, SiteId } from "../contract/ids.ts";
import { Inventory } from "../contract/inventory.ts";
import type { SiteFile } from "../contract/site-file.ts";
import { editSiteFile, type SiteFileEdit } from "../contract/site-file-edit.ts";
import { type Adoption, adoptionOf } from "../domain/adoption.ts";
import type { ProvedKey } from "../domain/pairing-window.ts";
import { pinOf, unmergedKeys } from "../domain/proved-pins.ts";
import { pairingMark, pairingText, proposalBody, proposalTitle } from "../render/pair-answer.ts";
import { parseCanonical } from "../signing/canonical.ts";
import { sixWords } from "../signing/pairing-text.ts";
import { siteFileOf } from "./control-files.ts";
import type { Fleet } from "./fleet.ts";
import type { PullRequest } from "./forge-port.ts";
import { offerOf } from "./pair-window.ts";
import { readPolicy } from "./review.ts";

const branchPrefix = "countersign/pairing-";

/** What the proposal holds for one site. */
interface Pairing {
  readonly site: SiteId;
  readonly key: ProvedKey;
  readonly file: SiteFile;
  /** The site's file with the key in it; `null` where it is there already. */
  readonly text: string | null;
  readonly adopted: number | null;
  readonly left: readonly string[];
}

/** One open pull request for all: `again` where its branch moved meanwhile. */
export async function proposePairings(fleet: Fleet): Promise<"proposed" | "again"> {
  const { forge, repository } = fleet;
  const open = (await forge.openPulls()).find((pull) => isOurs(pull, repository.defaultBranch));
  const base = open?.head ?? (await forge.branchTip(repository.defaultBranch));
  if (base === null) return "again";
  const tree = await forge.controlTree(base);
  const pairings: Pairing[] = [];
  for (const [site, key] of unmergedKeys(fleet.log.history)) {
    const pairing = await pairingIn(fleet, tree, { site, key });
    if (pairing !== null) pairings.push(pairing);
  }
  const number = await bring(fleet, pairings, { open, base });
  if (number === null) return pairings.length === 0 ? "proposed" : "again";
  await tell(fleet, number, pairings);
  return "proposed";
}

/** Anybody can name a branch like ours: what we add to such a proposal is reviewed all the same. */
function isOurs({ headRef, fork, base, openedBy }: PullRequest, defaultBranch: string): boolean {
  return (
    headRef.startsWith(branchPrefix) && !fork && base === defaultBranch && openedBy.type === "Bot"
  );
}

async function pairingIn(
  fleet: Fleet,
  tree: Tree,
  { site, key }: { readonly site: SiteId; readonly key: ProvedKey },
): Promise<Pairing | null> {
  const [file, text] = [siteFileOf(tree, site), tree.get(pathOfSite(site))];
  if (file === null || typeof text !== "string") return null;
  const pin = pinOf(key);
  const there = file.connector;
  const isThere = there?.since === pin.since && there.key.x === pin.key.x;
  const inventory = Inventory.safeParse(await inventoryOf(fleet, key)).data;
  const adoption = inventory === undefined ? null : adoptionOf(inventory, file);
  const edits = [{ path: ["connector"], value: pin }, ...adoptionEdits(adoption, key)];
  const edited = isThere ? null : editSiteFile(text, edits);
  if (!isThere && edited === null) return null;
  const count = (part: object) => Object.keys(part).length;
  const adopted = adoption === null ? null : count(adoption.plugins) + count(adoption.themes);
  return { site, key, file, text: edited, adopted, left: adoption?.left ?? [] };
}

function adoptionEdits(adoption: Adoption | null, { entry }: ProvedKey): SiteFileEdit[] {
  if (adoption === null) return [];
  const { core, plugins, themes } = adoption;
  const desired = {
    ...(core === null ? {} : { core }),
    ...(Object.keys(plugins).length === 0 ? {} : { plugins }),
    ...(Object.keys(themes).length === 0 ? {} : { themes }),
  };
  return [
    { path: ["desired"], value: desired },
    { path: ["adopted"], value: entry.inv },
  ];
}

async function inventoryOf(fleet: Fleet, { entry }: ProvedKey) {
  const text = await fleet.log.text(entry.inv);
  return text === null ? undefined : parseCanonical(text);
}

interface Place {
  readonly open: PullRequest | undefined;
  readonly base: CommitSha;
}

/** @returns the proposal's number; `null` where there is nothing to bring, or the branch moved */
async function bring(
  fleet: Fleet,
  pairings: readonly Pairing[],
  { open, base }: Place,
): Promise<number | null> {
  const files = new Map(
    pairings.flatMap(({ site, text }) =>
      text === null ? [] : [[pathOfSite(site), text] as const],
    ),
  );
  if (files.size === 0) return open?.number ?? null;
  const brought = pairings.filter(({ text }) => text !== null);
  const sites = brought.map(({ site }) => site);
  const title = proposalTitle(sites);
  const message = `${title}\n\n${await coAuthors(fleet, brought)}\n`;
  if (open !== undefined) {
    const change = { branch: open.headRef, parent: base, files, message };
    return (await fleet.forge.commitFiles(change)) === null ? null : open.number;
  }
  const newest = Math.max(...brought.map(({ key }) => key.index));
  const branch = `${branchPrefix}${newest}`;
  const body = proposalBody(sites);
  return fleet.forge.openPull({ branch, from: base, files, title, body, message });
}

/** Whoever opened a window had a hand in it: somebody else has to approve. */
async function coAuthors(fleet: Fleet, pairings: readonly Pairing[]): Promise<string> {
  const ids = new Set(pairings.map(({ key }) => key.entry.by));
  const lines: string[] = [];
  for (const id of ids) {
    const login = (await fleet.forge.person(id))?.login ?? "unknown";
    lines.push(`Co-authored-by: ${login} <${id}+${login}@users.noreply.github.com>`);
  }
  return lines.join("\n");
}

/** One comment for each key, with what two people compare. */
async function tell(fleet: Fleet, number: number, pairings: readonly Pairing[]): Promise<void> {
  const { attested } = fleet.log.history;
  const policy = attested === null ? null : await readPolicy(fleet, attested);
  const anchors = policy?.reading.kind === "read" ? policy.reading.config.log : undefined;
  if (anchors === undefined) return;
  const comments = await fleet.forge.commentsOf(number);
  for (const { site, key, file, adopted, left } of pairings) {
    const mark = pairingMark(site, key.index);
    if (comments.some(({ own, body }) => own && body.startsWith(mark))) continue;
    const { entry } = key;
    const offer = await offerOf(fleet, entry, anchors);
    const words = sixWords(offer, { home: file.url, key: entry.key });
    const by = (await fleet.forge.person(entry.by))?.login ?? null;
    const { kid, epoch, by: id } = entry;
    const about = { site, url: file.url, words, kid, epoch, by: { id, login: by }, adopted, left };
    await fleet.forge.say(number, `${mark}\n${pairingText(about)}`);
  }
}
