/**
 * Proves where a key comes from: the site's own address is asked `hello` and `inventory`, and has
 * to answer with it. Then the pairing proposal opens, and after its merge the site is greeted, which
 * ends its earlier epoch. docs/protocol.md, "Pairing".
 */
import type { Digest, SiteId } from "../contract/ids.ts";
import { Inventory } from "../contract/inventory.ts";
import type { SiteFile } from "../contract/site-file.ts";
import type { History } from "../domain/history.ts";
import type { PairingWindow } from "../domain/pairing-window.ts";
import type { KeyPosition } from "../domain/key-position.ts";
import { unmergedKeys } from "../domain/proved-pins.ts";
import { silentText } from "../render/pair-answer.ts";
import { parseCanonical } from "../signing/canonical.ts";
import { isAtHome } from "../domain/site-home.ts";
import { digestOfText } from "../signing/digest.ts";
import { ask, type Evidence, openAnswer, queryOf, type Silence } from "./ask.ts";
import { siteFileOf } from "./control-files.ts";
import { type Fleet, instantOf, type PairedSite, pairedSite } from "./fleet.ts";
import { proposePairings } from "./propose-pairing.ts";
import { readPolicy } from "./review.ts";
import { sayOnce } from "./say-once.ts";
import type { Job } from "./store-port.ts";
import { inventoryArg, managedJob } from "./tell-managed.ts";

const answerWithinSeconds = 30;
/** The site's answer is waited for this long after its key came. */
const patienceSeconds = 600;
const lookAgainSeconds = 5;

/** Does what is next in a site's pairing. Run again at any time it goes on where it was. */
export async function pair(fleet: Fleet, site: SiteId): Promise<readonly Job[]> {
  const again: Job = { kind: "pair", key: site, runAt: fleet.clock.now() + lookAgainSeconds };
  const window = openProof(fleet.log.history, site);
  if (window !== null) {
    const proved = await prove(fleet, site, window);
    if (proved === "again") return [again];
    if (proved === "given_up") return [];
  }
  if (unmergedKeys(fleet.log.history).has(site)) return [proposal(fleet.clock.now())];
  // What the merge adopted is managed from now on: the site is told once it takes the new epoch.
  return (await greet(fleet, site)) === "again" ? [again] : [managedJob(fleet, site)];
}

/** One at a time for the whole fleet: several finished pairings share one pull request. */
const proposal = (runAt: number): Job => ({ kind: "pair", key: "", runAt });

/** Brings every proved key that is not merged into the one open pairing proposal. */
export async function propose(fleet: Fleet): Promise<readonly Job[]> {
  const done = await proposePairings(fleet);
  return done === "again" ? [proposal(fleet.clock.now() + lookAgainSeconds)] : [];
}

type Received = NonNullable<PairingWindow["received"]>;
interface Waiting {
  readonly opened: PairingWindow["opened"];
  readonly received: Received;
}

/** A key that came and that its site has not answered with yet. */
function openProof(history: History, site: SiteId): Waiting | null {
  const { opened, received } = history.windows.get(site) ?? { received: null };
  const last = history.proved.get(site)?.at(-1)?.entry;
  if (opened === undefined || received === null || last?.epoch === received.epoch) return null;
  return { opened, received };
}

async function prove(
  fleet: Fleet,
  site: SiteId,
  { opened, received }: Waiting,
): Promise<"proved" | "again" | "given_up"> {
  const answer = await askItself(fleet, site, { opened, received });
  if (answer.kind === "silence") {
    const waited = fleet.clock.now() - Date.parse(received.at) / 1000;
    if (waited < patienceSeconds) return "again";
    const about = `${received.kid} ${received.epoch}`;
    await sayOnce(fleet, opened.issue, about, silentText(site, answer.why));
    return "given_up";
  }
  const { evidence, text } = answer;
  const { epoch, key, kid } = received;
  await fleet.log.append((history) => {
    if (openProof(history, site)?.received.token !== received.token) return null;
    const at = instantOf(fleet.clock.now());
    const inv = digestOfText(text);
    const { by, gen, kver } = opened;
    const what = { by, epoch, evd: evidence.digest, gen, inv, key, kid, kver, site };
    return {
      entries: [{ at, kind: "pairing.proved", ...what }],
      texts: new Map<Digest, string>([[inv, text]]),
    };
  });
  return "proved";
}

interface Inventoried {
  readonly kind: "inventoried";
  readonly evidence: Evidence;
  /** As the site wrote it: its digest is what a file's `adopted` names. */
  readonly text: string;
}

const silence = (why: string): Silence => ({ kind: "silence", why });

async function askItself(
  fleet: Fleet,
  site: SiteId,
  { opened, received }: Waiting,
): Promise<Inventoried | Silence> {
  const { attested } = fleet.log.history;
  const policy = attested === null ? null : await readPolicy(fleet, attested);
  if (attested === null || policy?.reading.kind !== "read") return silence("no policy in force");
  const tree = await fleet.forge.controlTree(attested);
  const file = siteFileOf(tree, site);
  if (file === null || digestOfText(file.url) !== opened.home) {
    return silence("the site's file is not the one that the window was opened for");
  }
  const { privateAddresses } = policy.reading.config.pairing;
  const { epoch, key } = received;
  const asked = { site, url: file.url, epoch, key, privateAddresses };
  const question = askPrivately(fleet, asked, opened);
  const hello = await question({ ask: "hello", arg: "" });
  if (hello.kind === "silence") return hello;
  const inventory = await question({ ask: "inventory", arg: inventoryArg(tree, site) });
  return inventory.kind === "silence" ? inventory : judgeInventory(inventory, file);
}

function askPrivately(
  fleet: Fleet,
  site: PairedSite,
  keys: KeyPosition,
): (question: { ask: "hello" | "inventory"; arg: string }) => Promise<Evidence | Silence> {
  return async (question) => {
    const { message, digest } = await queryOf(fleet, site, question, keys);
    const { privateAddresses } = site;
    const within = { privateAddresses, timeoutSeconds: answerWithinSeconds };
    const answer = await fleet.sites.postTo(site.url, message, within);
    const read = openAnswer(fleet, site, answer, digest);
    if (read.kind === "silence") return read;
    return read.kind === "evidence" && read.claims.ans === question.ask
      ? read
      : silence("answered with something else");
  };
}

function judgeInventory(evidence: Evidence, { url }: SiteFile): Inventoried | Silence {
  const text = evidence.detail;
  const { data } = Inventory.safeParse(parseCanonical(text));
  if (data === undefined) return silence("its inventory cannot be read");
  if (!isAtHome(data.home, url)) return silence("it says that its home is another");
  return { kind: "inventoried", evidence, text };
}

/** The first message of an epoch other than `hello` and `inventory`: the earlier one is dead then. */
async function greet(fleet: Fleet, site: SiteId): Promise<"again" | "done"> {
  const paired = await pairedSite(fleet, site);
  const since = fleet.log.history.pairings.get(site)?.at;
  if (paired === null || since === undefined) return "done";
  const answer = await ask(fleet, paired, { ask: "outcome", arg: "" });
  const waited = fleet.clock.now() - Date.parse(since) / 1000;
  return answer.kind === "silence" && waited < patienceSeconds ? "again" : "done";
}
