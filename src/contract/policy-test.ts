/** `tests/*.yml` of a control repository: what the policy should say of an imagined proposal. */
import { z } from "zod";
import { GateState } from "./facts-range.ts";
import { PackageFacts } from "./planned-change.ts";
import { RuleId } from "./policy-rule.ts";
import { Reversibility, Risk, StepValue } from "./plan.ts";
import { ChangeKind, Labels } from "./selector.ts";

const facts = PackageFacts.shape;

/** What is left out is as an ordinary package of the first source has it. */
export const TestPackage = z.strictObject({
  path: facts.path.exactOptional(),
  source: facts.source.exactOptional(),
  url: facts.url.exactOptional(),
  sha256: facts.sha256.exactOptional(),
  bytes: facts.bytes.exactOptional(),
  version: facts.version.exactOptional(),
  releasedAt: facts.releasedAt.exactOptional(),
  requires: facts.requires.exactOptional(),
  requiresPhp: facts.requiresPhp.exactOptional(),
});
export type TestPackage = z.infer<typeof TestPackage>;

/** What is left out is as on an ordinary production site. */
export const TestChange = z.strictObject({
  kind: ChangeKind,
  target: z.string().default("plugins/example"),
  from: StepValue.default(null),
  to: StepValue.default(null),
  site: z.string().nullable().default("example"),
  tier: z.string().nullable().default("production"),
  labels: Labels.nullable().default({}),
  timezone: z.string().nullable().default("UTC"),
  risk: Risk.default("low"),
  reversibility: Reversibility.default("reversible"),
  /** `null`: no lock file names it. */
  package: TestPackage.nullable().default({}),
  previous: TestPackage.nullable().default({}),
});
export type TestChange = z.infer<typeof TestChange>;

const TestProposal = z.strictObject({
  fork: z.boolean().default(false),
  byAgent: z.boolean().default(false),
  byBot: z.boolean().default(false),
});

/** What a rule comes to for the whole plan. */
const RuleResult = z.enum(["passed", "failed", "unknown", "not_applicable"]);

export const PolicyTest = z.strictObject({
  name: z.string().min(1).max(200),
  given: z.strictObject({
    now: z.iso.datetime({ offset: true }).default("2026-11-24T12:00:00Z"),
    changes: z.array(TestChange).min(1).max(500),
    proposal: TestProposal.prefault({}),
    /** Keys of `ruleFacts` (docs/schemas/facts.json), laid over ones in which nothing is wrong. */
    facts: z.record(z.string(), z.unknown()).default({}),
    /** Sites that this plan brings back. */
    recovers: z.array(z.string()).default([]),
  }),
  expect: z
    .strictObject({
      /** The whole check: rules, freezes and levels. */
      policy: GateState.exactOptional(),
      rules: z.record(RuleId, RuleResult).default({}),
      /** Names of the freezes that hold it; left out: any. */
      freezes: z.array(z.string()).exactOptional(),
    })
    .refine(
      ({ policy, rules, freezes }) =>
        policy !== undefined || freezes !== undefined || Object.keys(rules).length > 0,
      "something to expect: a test that cannot fail proves nothing",
    ),
});
export type PolicyTest = z.infer<typeof PolicyTest>;

export const PolicyTests = z.strictObject({
  tests: z.array(PolicyTest).min(1, "at least one test").max(500),
});
