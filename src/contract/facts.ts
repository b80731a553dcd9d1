/**
 * The facts: one documented input for every decision. The App gathers them through its ports, the
 * policy tests and `countersign simulate` read them as JSON; the same functions of `domain/` decide.
 *
 * `null` means *could not be read* and never lets anything pass; a key that is absent is not part
 * of the question. Times are RFC 3339 and parsed to whole Unix seconds, rounded down. People are
 * numeric ids, logins are labels. Digests and commits are compared, never parsed. The order of
 * lists means nothing. Text for people: docs/policy.md; JSON Schema: docs/schemas/facts.json.
 */
import { z } from "zod";
import { RuleFacts } from "./facts-policy.ts";
import {
  BranchFacts,
  GateState,
  LevelsFacts,
  MergeFacts,
  MergeGroupFacts,
  PlanFacts,
  ShownFacts,
  SiteLevels,
  StateFacts,
} from "./facts-range.ts";
import {
  CommandFacts,
  CommentFacts,
  CommitFacts,
  GlassFacts,
  OverrideFacts,
  PersonFacts,
  ReviewFacts,
  TeamFacts,
  Time,
} from "./facts-review.ts";
import { NumericId } from "./ids.ts";

const text = z.string();
const optionalList = <Item extends z.ZodType>(item: Item) => z.array(item).nullable().default([]);

/** `countersign.yml` at the last attested commit. */
export const ConfigFacts = z.strictObject({
  state: z.enum(["ok", "missing", "empty", "unreachable"]),
  text: text.nullable().exactOptional(),
  digest: text.nullable().exactOptional(),
});

export const ProposalFacts = z.strictObject({
  number: NumericId,
  state: z.enum(["open", "closed", "merged"]).nullable(),
  draft: z.boolean().nullable(),
  fork: z.boolean().nullable().default(false),
  base: text.nullable(),
  head: text.nullable(),
  openedBy: NumericId.nullable(),
  /** On whose command Countersign opened it; `null` for nobody's. */
  commandedBy: NumericId.nullable().default(null),
  /** `countersign.yml` at the head; `null` where the proposal leaves it alone. */
  configAtHead: text.nullable().default(null),
});
export type ProposalFacts = z.infer<typeof ProposalFacts>;

const Trees = z.strictObject({ before: z.record(text, text), after: z.record(text, text) });

export const Facts = z
  .strictObject({
    id: z.union([text, z.int()]),
    now: Time,
    repository: z.strictObject({
      id: NumericId,
      defaultBranch: text,
      owners: z.array(NumericId).nullable(),
    }),
    people: z.array(PersonFacts).nullable(),
    /** Which account GitHub attributes an address to; any other belongs to none. */
    emails: z.record(text, NumericId.nullable()).nullable().default({}),
    teams: z.record(text, TeamFacts.nullable()).nullable().default(null),
    config: ConfigFacts.nullable(),
    trees: Trees.nullable().exactOptional(),
    plan: PlanFacts.nullable().exactOptional(),
    ruleFacts: RuleFacts.nullable().exactOptional(),
    shown: optionalList(ShownFacts),
    states: z.array(StateFacts).nullable().exactOptional(),
    readiness: z.record(text, SiteLevels.nullable()).nullable().exactOptional(),
    proposal: ProposalFacts.nullable().default(null),
    commits: z.array(CommitFacts).nullable().default(null),
    /** Every commit through every parent was read, the head included. */
    commitsComplete: z.boolean().nullable().default(null),
    reviews: z.array(ReviewFacts).nullable().default(null),
    reviewsComplete: z.boolean().nullable().default(null),
    comments: optionalList(CommentFacts),
    overrides: optionalList(OverrideFacts),
    breakGlass: optionalList(GlassFacts),
    checks: z
      .strictObject({
        policy: GateState.nullable().exactOptional(),
        /** What comparing package locks with their sources came to; beside the rules' own result. */
        packages: GateState.nullable().exactOptional(),
        rollback: GateState.nullable().exactOptional(),
      })
      .nullable()
      .default({}),
    mergeGroup: MergeGroupFacts.nullable().default(null),
    merge: MergeFacts.nullable().default(null),
    branch: BranchFacts.nullable().exactOptional(),
    levels: LevelsFacts.nullable().default({ fleet: "normal", sites: {} }),
    unfinished: z.record(text, NumericId.nullable()).nullable().default({}),
    commands: z.array(CommandFacts).nullable().exactOptional(),
    /** Of the level that a `release` would end. */
    cause: z.enum(["gone", "there"]).nullable().default(null),
  })
  .refine((facts) => hasDistinctIds(facts.people ?? []), {
    path: ["people"],
    message: "one id is listed twice",
  });
export type Facts = z.output<typeof Facts>;
/** The facts as JSON, before times are parsed and defaults are filled in. */
export type FactsInput = z.input<typeof Facts>;

function hasDistinctIds(people: readonly { readonly id: number }[]): boolean {
  return new Set(people.map(({ id }) => id)).size === people.length;
}
