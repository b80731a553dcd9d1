/** The facts about plans and about what happened to the default branch. */
import { z } from "zod";
import { Level } from "./audit-entry.ts";
import { CommitFacts, Time } from "./facts-review.ts";
import { NumericId } from "./ids.ts";
import { Reversibility, Risk } from "./plan.ts";
import { PackageFacts } from "./planned-change.ts";
import { ChangeKind } from "./selector.ts";

const text = z.string();

export const GateState = z.enum(["passed", "waiting", "blocked"]);
export type GateState = z.infer<typeof GateState>;

/** One planned change, as far as gates, freezes and levels look at it. */
export const ChangeFacts = z.strictObject({
  /** `null` for a change that belongs to no site. */
  site: text.nullable(),
  tier: text.nullable().default(null),
  labels: z.record(text, text).nullable().default(null),
  timezone: text.nullable().default(null),
  kind: ChangeKind,
  target: text.nullable().default(null),
  from: z.unknown(),
  to: z.unknown(),
  risk: Risk.nullable(),
  reversibility: Reversibility.nullable().default(null),
  /** The site's `url` changes, which asks for the right `pair`. */
  url: z.boolean().default(false),
  /** What the package lock claims of the version that is installed; `null`: no lock names it. */
  package: PackageFacts.nullable().exactOptional(),
  /** The same of the version that is left. */
  previous: PackageFacts.nullable().exactOptional(),
  /** The line of the control repository that asks for it. */
  cause: z
    .strictObject({ file: text, line: z.int().min(1), column: z.int().min(1) })
    .exactOptional(),
});
export type ChangeFacts = z.infer<typeof ChangeFacts>;

/** The whole plan from the attested commit on, unattested ranges included. */
export const PlanFacts = z.strictObject({
  state: z.enum(["ok", "computing", "failed"]),
  digest: text.nullable(),
  changes: z.array(ChangeFacts).nullable(),
  /** Sites whose steps here are the inverse of their unfinished plan. */
  recovers: z.array(text).nullable().default([]),
});
export type PlanFacts = z.infer<typeof PlanFacts>;

const EvidenceWord = z.enum(["proved", "declared", "unknown", "failed"]);

/** How well one item of readiness is established, and when that was measured. */
export const LevelFacts = z
  .union([
    EvidenceWord,
    z.strictObject({ level: EvidenceWord, at: Time.nullable().exactOptional() }),
  ])
  .transform((given): LevelFacts =>
    typeof given === "string" ? { level: given, at: null } : { ...given, at: given.at ?? null },
  );
export interface LevelFacts {
  readonly level: z.infer<typeof EvidenceWord>;
  readonly at: number | null;
}

/** A site's readiness: its signed token, or the levels it comes to, by item. */
export const SiteLevels = z.union([text, z.record(text, LevelFacts.nullable())]);
export type SiteLevels = z.infer<typeof SiteLevels>;

/** A moment at which a plan became visible. `current` stands for the present digest. */
export const ShownFacts = z.strictObject({
  head: text,
  digest: text.nullable(),
  config: text.nullable().default(null),
  at: Time,
});
export type ShownFacts = z.infer<typeof ShownFacts>;

export const StateFacts = z.strictObject({ site: text, pre: text.nullable(), at: Time });
export type StateFacts = z.infer<typeof StateFacts>;

/** What a merge queue built: this proposal on top of the ones before it. */
export const MergeGroupFacts = z.strictObject({
  commit: text.nullable(),
  plan: text.nullable(),
  before: z
    .array(z.strictObject({ number: NumericId, plan: text.nullable(), approved: text.nullable() }))
    .nullable(),
});
export type MergeGroupFacts = z.infer<typeof MergeGroupFacts>;

/** One range of the default branch. `config` is its `countersign.yml`, `null` if untouched. */
const range = { changes: z.array(ChangeFacts).nullable(), config: text.nullable().default(null) };

export const MergeFacts = z.strictObject({
  /** How the range came, from the activity API. */
  kind: z.enum(["merge", "squash", "rebase", "queue", "push", "force_push"]).nullable(),
  commit: text.nullable(),
  /** The head that was merged; `null` for a push. */
  head: text.nullable().default(null),
  at: Time.nullable(),
  by: NumericId.nullable().default(null),
  /** The digest of the plan that leads from the attested commit to each commit. */
  plans: z.record(text, text.nullable()).nullable().default({}),
  branchHead: text.nullable().default(null),
  range: z.strictObject(range).nullable().default(null),
  decided: z.enum(["authorised", "unattested"]).nullable().default(null),
});
export type MergeFacts = z.infer<typeof MergeFacts>;

export const UnattestedFacts = z.strictObject({
  /** Contributors, pushers and whoever merged it. */
  by: z.array(NumericId).nullable(),
  /** The commits that it brought: whoever has a hand in one has a hand in what settles it. */
  commits: z.array(CommitFacts).nullable().exactOptional(),
  ...range,
});
export type UnattestedFacts = z.infer<typeof UnattestedFacts>;

export const BranchFacts = z.strictObject({
  bootstrapped: z.boolean().nullable(),
  log: z.enum(["ok", "missing"]).nullable(),
  /** How many site files have a `connector`. */
  connectors: z
    .union([
      z.int().min(0),
      z.boolean().transform(Number),
      z.array(text).transform((sites) => sites.length),
    ])
    .nullable(),
  /** Ranges since the attested commit. */
  unattested: z.array(UnattestedFacts).nullable(),
});
export type BranchFacts = z.infer<typeof BranchFacts>;

export const LevelsFacts = z.strictObject({
  fleet: Level.nullable(),
  sites: z.record(text, Level.nullable()).nullable(),
});
export type LevelsFacts = z.infer<typeof LevelsFacts>;
