/** Asks every site that a plan touches whether it can take it, and take it back. */
import type { EvidenceItem } from "../contract/evidence-detail.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import type { Digest, SiteId } from "../contract/ids.ts";
import type { PlannedChange, PlanTexts } from "../contract/planned-change.ts";
import type { SitePlan } from "../contract/plan.ts";
import { forgedItem } from "../domain/forged.ts";
import { heartbeatItem } from "../domain/heartbeat.ts";
import { type PreviousPackage, previousPackageItem } from "../domain/previous-package.ts";
import { judgeReadiness, type ReadinessFacts, type ReadinessResult } from "../domain/readiness.ts";
import { selectsSite } from "../domain/site-selection.ts";
import { ask } from "./ask.ts";
import { type Fleet, pairedSite } from "./fleet.ts";
import type { Planned } from "./planning.ts";
import { checkPrevious } from "./previous-packages.ts";
import { type ReadinessAnswer, readinessIn, silentFor } from "./readiness-answer.ts";
import type { Beat } from "./store-port.ts";
import { leavesPatches } from "./tell-managed.ts";

export interface SiteReadiness extends ReadinessResult {
  readonly site: SiteId;
  /** Digest of the live state, and of the evidence that told it; `null` where there is none. */
  readonly shown: { readonly pre: Digest; readonly evd: Digest } | null;
  /** The site's own word on what its packages ask of PHP and WordPress; `null` where it gave none. */
  readonly fits: boolean | null;
}

/** What a site answered last, for which plan, and when: Unix seconds. */
export interface KeptEvidence extends ReadinessAnswer {
  readonly plan: string;
  readonly at: number;
  /** How long it is believed where the site cannot be asked from here. */
  readonly forSeconds?: number;
}

/** How many sites are asked at once. */
const concurrency = 8;

export async function readReadiness(
  fleet: Fleet,
  config: FleetConfig,
  { plan, texts }: Planned,
): Promise<SiteReadiness[]> {
  if (texts === null) return [];
  const replaced = await checkPrevious(fleet, config, { plan });
  const open = [...plan.sitePlans.keys()];
  const found: SiteReadiness[] = [];
  const next = async (): Promise<void> => {
    for (let site = open.shift(); site !== undefined; site = open.shift()) {
      const sitePlan = plan.sitePlans.get(site);
      const text = texts.sites.get(site)?.text;
      if (sitePlan === undefined || text === undefined) continue;
      const demands = demandsOn(site, config, plan.changes);
      const previous = replaced.get(site) ?? [];
      found.push(await readSite(fleet, { site, sitePlan, text, demands, previous }));
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, open.length) }, next));
  return found.toSorted((a, b) => (a.site < b.site ? -1 : 1));
}

interface Asked {
  readonly site: SiteId;
  readonly sitePlan: SitePlan;
  readonly text: PlanTexts["fleet"]["text"];
  readonly demands: ReadinessFacts["demands"];
  readonly previous: readonly PreviousPackage[];
}

async function readSite(fleet: Fleet, asked: Asked): Promise<SiteReadiness> {
  const known = keptAnswer(fleet, asked);
  const beat = await fleet.store.beat(fleet.repository.id, asked.site);
  const autoPatch = await leavesPatches(fleet, asked.site);
  const answer = known ?? (await askSite(fleet, asked));
  const result = judged(fleet, asked, { ...answer, beat, autoPatch });
  // A site that is not ready is asked again next time: it may be by then.
  if (result.result !== "passed") fleet.evidence.delete(asked.site);
  return result;
}

function judged(
  fleet: Fleet,
  { site, sitePlan: plan, demands, previous }: Asked,
  {
    answer,
    shown,
    beat,
    autoPatch,
  }: ReadinessAnswer & {
    readonly beat: Beat | null;
    readonly autoPatch: boolean;
  },
): SiteReadiness {
  const now = fleet.clock.now();
  const own = [
    previousPackageItem(previous, itemOf(answer, "previousPackage"), now),
    heardOf(fleet, answer) ?? heartbeatItem(beat, now),
    ...messagesItem(fleet, site, demands),
  ];
  const skew = beat?.skew ?? null;
  const result = judgeReadiness({ plan, demands, answer, own, skew, autoPatch, now });
  return { site, shown, fits: fitsOf(answer), ...result };
}

/** While it is quiet it is worth a line only where the policy asks. */
function messagesItem(
  { forged, clock }: Fleet,
  site: SiteId,
  demands: ReadinessFacts["demands"],
): EvidenceItem[] {
  const now = clock.now();
  const burst = forgedItem(forged.get(site), now);
  if (burst !== null) return [burst];
  const isAsked = demands.some(({ messages }) => messages !== undefined);
  return isAsked ? [{ id: "messages", level: "proved", at: now, value: "" }] : [];
}

/** Where there is no door for heartbeats a site is heard of by its signed answer. */
function heardOf({ forgetsJournal }: Fleet, answer: ReadinessFacts["answer"]): EvidenceItem | null {
  if (forgetsJournal !== true || answer.kind !== "evidence") return null;
  return { id: "heartbeat", level: "proved", at: answer.at, value: "it answers" };
}

function itemOf(answer: ReadinessFacts["answer"], id: string): EvidenceItem | undefined {
  return answer.kind === "evidence" ? answer.detail.items.find((one) => one.id === id) : undefined;
}

function fitsOf(answer: ReadinessFacts["answer"]): boolean | null {
  const item = itemOf(answer, "requirements");
  return item?.level === "proved" ? true : item?.level === "failed" ? false : null;
}

/** Evidence of the same plan is asked for once in this time; an action on the site ends it. */
const keptSeconds = 120;

function keptAnswer(fleet: Fleet, { site, text }: Asked): ReadinessAnswer | null {
  const known = fleet.evidence.get(site);
  const age = known === undefined ? Number.NaN : fleet.clock.now() - known.at;
  const isKept = known?.plan === text && age <= Math.max(keptSeconds, known.forSeconds ?? 0);
  return isKept ? known : null;
}

async function askSite(fleet: Fleet, asked: Asked): Promise<ReadinessAnswer> {
  const found = await askAnew(fleet, asked);
  const { answer } = found;
  if (answer.kind === "evidence") {
    fleet.evidence.set(asked.site, { plan: asked.text, at: answer.at, ...found });
  }
  return found;
}

async function askAnew(fleet: Fleet, { site, text }: Asked): Promise<ReadinessAnswer> {
  const paired = await pairedSite(fleet, site);
  if (paired === null) return silentFor("it is not paired");
  const answer = await ask(fleet, paired, { ask: "readiness", arg: text });
  if (answer.kind === "silence") return silentFor(answer.why);
  if (answer.kind === "receipt") return silentFor("it answered with a receipt");
  return readinessIn(answer);
}

/** Demands whose selector chooses the site as it was before the proposal. */
function demandsOn(
  site: SiteId,
  config: FleetConfig,
  changes: readonly PlannedChange[],
): ReadinessFacts["demands"] {
  const own = changes.find((change) => change.site === site);
  const place = { site, tier: own?.tier ?? "", labels: own?.labels ?? {} };
  return config.readiness.filter(({ when }) => selectsSite(when, place));
}
