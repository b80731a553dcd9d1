/**
 * `rollback`: a person has a site take back what a plan did there, from its restore point. The
 * inverse was approved with the plan; the action carries that plan's own text, digest and merge.
 * docs/protocol.md, "The signed action".
 */
import { SiteId } from "../contract/ids.ts";
import { type Authorisation } from "../domain/history.ts";
import { type RollingBack, rollingBackOf } from "../domain/rerun.ts";
import { mergedFaultText, rollbackText } from "../render/rerun-words.ts";
import { parseCanonical } from "../signing/canonical.ts";
import { digestOfJson } from "../signing/digest.ts";
import { ReadinessDetail } from "../contract/evidence-detail.ts";
import { type Answer, said } from "./answer.ts";
import { ask } from "./ask.ts";
import { authorisedLine } from "./authorise.ts";
import { commandedEntry } from "./commanded.ts";
import { type Fleet, instantOf, pairedSite } from "./fleet.ts";
import { type MergedCase, readMerged, type Spoken } from "./merged.ts";

export interface RollbackAsked extends Spoken {
  readonly name: "rollback";
  /** The pull request that it was said on; `null` on an issue. */
  readonly pull: number | null;
}

export async function rollback(fleet: Fleet, asked: RollbackAsked): Promise<Answer> {
  const target = asked.target ?? "";
  const { data: site } = SiteId.safeParse(target);
  if (site === undefined || !fleet.log.history.pairings.has(site)) {
    return said(rollbackText({ kind: "no", site: target, reason: "no_such_site" }));
  }
  const rolling = rollingBackOf(fleet.log.history, site);
  if (rolling.kind === "no") return said(rollbackText({ ...rolling, site }));
  const { pr } = rolling.forward.entry;
  if (asked.pull !== null && asked.pull !== pr) {
    return said(rollbackText({ kind: "no", site, reason: "other_plan" }));
  }
  const since = rolling.forward.end?.at ?? rolling.forward.entry.at;
  const merged = await readMerged(fleet, { pr, spoken: asked, since, sites: new Set() });
  if ("kind" in merged) return said(mergedFaultText(merged));
  const live = await liveState(fleet, site, rolling.forward);
  if (typeof live === "string") return said(rollbackText({ kind: "silent", site, why: live }));
  return authorise(fleet, asked, { site, merged, live });
}

type Live = Pick<Authorisation["entry"], "pre" | "evd">;

/** What the site runs now, as its signed evidence tells; in words why there is none. */
async function liveState(
  fleet: Fleet,
  site: SiteId,
  { entry }: Authorisation,
): Promise<Live | string> {
  const paired = await pairedSite(fleet, site);
  const arg = await fleet.log.text(entry.plan);
  if (paired === null || arg === null) return paired === null ? "it is not paired" : "no plan";
  const answer = await ask(fleet, paired, { ask: "readiness", arg });
  if (answer.kind === "silence") return answer.why;
  if (answer.kind === "receipt") return "it answered with a receipt";
  const { data } = ReadinessDetail.safeParse(parseCanonical(answer.detail));
  const isWhole = data !== undefined && digestOfJson(data.live) === data.pre;
  return isWhole ? { pre: data.pre, evd: answer.digest } : `it did not look: ${answer.claims.why}`;
}

interface Case {
  readonly site: SiteId;
  readonly merged: MergedCase;
  readonly live: Live;
}

async function authorise(
  fleet: Fleet,
  asked: RollbackAsked,
  { site, merged, live }: Case,
): Promise<Answer> {
  const { pr } = merged.range;
  const now = fleet.clock.now();
  const at = instantOf(now);
  let rolling: RollingBack = { kind: "no", reason: "nothing_applied" };
  await fleet.log.append((history) => {
    rolling = rollingBackOf(history, site);
    if (rolling.kind === "no" || rolling.forward.entry.pr !== pr) return null;
    const { attempt, forward } = rolling;
    const { fleet: whole, merge, plan } = forward.entry;
    const common = { at, fleet: whole, merge, plan, pol: merged.pol, pr, site, ...live };
    const line = authorisedLine(fleet, { ...common, attempt, mode: "rollback" });
    const word = commandedEntry(asked, { at, by: merged.judged.by, pr, sites: [site] });
    return {
      entries: [word, line],
      jobs: [
        { kind: "deliver", key: site, runAt: now },
        { kind: "report", key: String(pr), runAt: now },
      ],
    };
  });
  await fleet.log.flush();
  return said(answerOf(rolling, site, pr));
}

function answerOf(rolling: RollingBack, site: SiteId, pr: number | null): string {
  if (rolling.kind === "no") return rollbackText({ ...rolling, site });
  const done = rolling.forward.entry.pr;
  return done === pr
    ? rollbackText({ kind: "done", site, pr: done })
    : rollbackText({ kind: "no", site, reason: "other_plan" });
}
