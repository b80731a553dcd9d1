/**
 * Writes what the trees of plans.json come to. Run it after adding a case: `node
 * test/vectors/plan/generate.ts`. A test holds the file equal to it, byte for byte.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { planTrees } from "../../../src/domain/plan.ts";
import { planTexts } from "../../../src/signing/plan-text.ts";

export interface PlanCase {
  readonly id: string;
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
  /** The fleet plan; `null` where it has no digest because of `errors`. */
  readonly fleet: { readonly text: string; readonly digest: string } | null;
  readonly sites: Readonly<Record<string, { readonly text: string; readonly digest: string }>>;
  readonly errors: readonly string[];
}

export const PLANS = new URL("plans.json", import.meta.url);

/** The whole file, with every case's results computed anew. */
export function plansText(): string {
  const { about, cases }: { about: string; cases: PlanCase[] } = JSON.parse(
    readFileSync(PLANS, "utf8"),
  );
  return `${JSON.stringify({ about, cases: cases.map(computed) }, null, 2)}\n`;
}

function computed({ id, before, after }: PlanCase): PlanCase {
  const [old, now] = [before, after].map((files) => new Map(Object.entries(files)));
  const plan = planTrees({ before: old!, after: now! });
  const texts = planTexts(plan);
  return {
    id,
    before,
    after,
    fleet: texts?.fleet ?? null,
    sites: Object.fromEntries(texts?.sites ?? []),
    errors: plan.findings
      .filter(({ severity }) => severity === "error")
      .map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`),
  };
}

if (import.meta.main) writeFileSync(PLANS, plansText());
