/**
 * The answer to one set of facts: what `countersign simulate` writes, one JSON object a line.
 * What the facts do not ask is absent. JSON Schema: docs/schemas/answer.json.
 */
import { z } from "zod";
import { Level } from "./audit-entry.ts";
import { GateState } from "./facts-range.ts";
import { FindingSeverity } from "./finding.ts";
import { NumericId } from "./ids.ts";

/** Why a review does not count. In this order the first is the one that is shown. */
export const Discount = z.enum([
  "bot",
  "unknown_person",
  "suspended",
  "agent",
  "own_change",
  "co_author",
  "committer",
  "pusher",
  "commanded_it",
  "duplicate_person",
  "not_in_role",
  "dismissed",
  "after_merge",
  "superseded_commit",
  "before_plan",
  "other_digest",
  "expired",
]);
export type Discount = z.infer<typeof Discount>;

/** A person whose review does not count; `id` is `null` for a deleted account. */
export const Discounted = z.strictObject({
  id: NumericId.nullable(),
  reason: Discount,
  reasons: z.array(Discount).readonly(),
});
export type Discounted = z.infer<typeof Discounted>;

/** One requirement of a gate, with the people who fill its seats. */
export const SeatsAnswer = z.strictObject({
  role: z.string(),
  count: z.int(),
  filledBy: z.array(NumericId).readonly(),
  missing: z.int(),
  /** How many people could fill it, had they approved. */
  able: z.int(),
});

export const GateAnswer = z.strictObject({
  name: z.string(),
  result: GateState,
  /** A closed snake_case word; `null` where there is nothing to explain. */
  reason: z.string().nullable(),
  /** Seats that nobody fills yet. */
  missing: z.int(),
  counted: z.array(NumericId).readonly(),
  discounted: z.array(Discounted).readonly(),
  requirements: z.array(SeatsAnswer).readonly(),
});
export type GateAnswer = z.infer<typeof GateAnswer>;

export const FindingAnswer = z.strictObject({
  rule: z.string(),
  severity: FindingSeverity,
  result: GateState,
  file: z.string().nullable(),
  line: z.int().nullable(),
  trace: z.array(z.string()).readonly(),
});
export type FindingAnswer = z.infer<typeof FindingAnswer>;

export const Answer = z.strictObject({
  id: z.union([z.string(), z.int()]),
  planDigest: z.string().nullable(),
  verdict: GateState.exactOptional(),
  gates: z.array(GateAnswer).readonly(),
  findings: z.array(FindingAnswer).readonly(),
  /** One entry a person, with all reasons that keep their reviews from counting. */
  discounted: z.array(Discounted).readonly(),
  attested: z.boolean().exactOptional(),
  /** At least one site got an authorisation. */
  authorised: z.boolean().exactOptional(),
  /** At least one authorised action may be signed now. */
  issued: z.boolean().exactOptional(),
  /** The highest level of the touched sites after this range or command. */
  level: Level.exactOptional(),
  /** What this range newly holds. */
  held: z.union([z.literal("fleet"), z.array(z.string()).readonly()]).exactOptional(),
  /** The commands may take effect. */
  allowed: z.boolean().exactOptional(),
});
export type Answer = z.infer<typeof Answer>;

/** The answer to a line that is no set of facts. */
export const ErrorAnswer = z.strictObject({
  id: z.union([z.string(), z.int()]).nullable(),
  error: z.strictObject({
    code: z.enum(["not_json", "not_facts"]),
    path: z.string(),
    message: z.string(),
  }),
});
export type ErrorAnswer = z.infer<typeof ErrorAnswer>;
