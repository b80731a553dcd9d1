/** What later steps get from a run. */
import type { Outcome } from "../src/contract/audit-entry.ts";
import { compareRisk } from "../src/domain/risk.ts";
import type { ToldVerdict } from "../src/workflow/fleet.ts";
import { codeOf } from "./fault-text.ts";
import type { OUTPUTS } from "./inputs.ts";
import type { Done } from "./run.ts";

type Outputs = Readonly<Record<(typeof OUTPUTS)[number], string>>;

export interface Told {
  readonly proposal: number;
  readonly verdict: string;
  readonly reason_code: string | null;
  readonly plan_digest: string | null;
  readonly risk: string | null;
}

/**
 * @param about the proposal that the event names. Where it names none (`null`), or that one was not
 * judged, verdict and reason are the run's own.
 */
export function outputsOf(done: Done, about: number | null): Outputs {
  const told = verdictsOf(done);
  const one = about === null ? undefined : told.find(({ proposal }) => proposal === about);
  const own = one ?? ownVerdict(done, about !== null);
  const sites: Partial<Record<Outcome, number>> = {};
  for (const entry of done.entries) {
    if (entry.kind === "receipt") sites[entry.out] = (sites[entry.out] ?? 0) + 1;
  }
  const authorised = done.entries.filter(({ kind }) => kind === "authorised").length;
  const counts = { proposals: told.length, authorised, sites };
  const { silent, open } = done;
  const rest = { open: open.map(({ entry }) => ({ site: entry.site, action: entry.sub })), silent };
  return {
    verdict: own.verdict,
    reason_code: own.reason_code ?? "",
    plan_digest: one?.plan_digest ?? "",
    risk: one?.risk ?? "",
    counts: JSON.stringify(counts),
    json: JSON.stringify({ version: 1, verdicts: told, ...counts, ...rest }),
  };
}

/** Passed is what has nothing bad in it and leaves nothing over. */
function ownVerdict(done: Done, isAsked: boolean): Pick<Told, "verdict" | "reason_code"> {
  const blocked = whyBlocked(done);
  if (blocked !== undefined) return { verdict: "blocked", reason_code: blocked };
  const waiting = whyWaiting(done, isAsked);
  return waiting === undefined
    ? { verdict: "passed", reason_code: null }
    : { verdict: "waiting", reason_code: waiting };
}

/** A site was hurt, a range not authorised, a level tightened. */
function whyBlocked(done: Done): string | undefined {
  const [hurt] = hurtIn(done);
  if (hurt !== undefined) return hurt.out;
  for (const entry of done.entries) {
    if (entry.kind === "range" && entry.result === "unattested") return "range_unattested";
    if (entry.kind === "level" && entry.level !== "normal") return entry.cause;
  }
  return undefined;
}

function whyWaiting({ failed, open, silent }: Done, isAsked: boolean): string | undefined {
  const [fault] = failed.values();
  if (fault !== undefined) return codeOf(fault);
  if (isAsked) return "not_judged";
  if (open.length > 0) return "action_open";
  return silent.length > 0 ? "site_silent" : undefined;
}

/** By proposal, lowest number first. */
export function verdictsOf({ verdicts }: Done): readonly Told[] {
  return [...verdicts.values()].map(toldOf).toSorted((a, b) => a.proposal - b.proposal);
}

function toldOf({ pull, verdict, plan, digest }: ToldVerdict): Told {
  const risks = plan.changes.map(({ risk }) => risk);
  return {
    proposal: pull,
    verdict: verdict.result,
    reason_code: verdict.reason,
    plan_digest: digest,
    risk: risks.toSorted(compareRisk).at(-1) ?? null,
  };
}

export const receiptsIn = ({ entries }: Done) =>
  entries.filter((entry) => entry.kind === "receipt");

/** What changed a site other than it should have, or refused to. */
export const hurtIn = (done: Done) =>
  receiptsIn(done).filter(({ out }) => out !== "applied" && out !== "already_applied");
