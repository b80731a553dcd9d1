/** The facts that policy rules look at beyond the plan itself. Text for people: docs/policy.md. */
import { z } from "zod";
import { Time } from "./facts-review.ts";
import { Version } from "./ids.ts";
import { StepKind } from "./plan.ts";

const text = z.string();
const unread = z.null();

/** Versions of one package that a feed calls vulnerable; `null` as a bound is *no bound*. */
export const AffectedVersions = z.strictObject({
  /** `core`, `plugins/<slug>` or `themes/<slug>`. */
  package: text,
  from: Version.nullable().default(null),
  fromInclusive: z.boolean().default(true),
  to: Version.nullable().default(null),
  toInclusive: z.boolean().default(false),
  /** What people look up: a CVE number or the feed's own id. */
  name: text.max(200),
});
export type AffectedVersions = z.infer<typeof AffectedVersions>;

/** A feed of known vulnerabilities, and when it was read from its source. */
export const VulnerabilityFacts = z.strictObject({
  at: Time,
  affected: z.array(AffectedVersions),
  /** Packages of which its record cannot be read: nothing is known of them. */
  unread: z.array(text).default([]),
});
export type VulnerabilityFacts = z.infer<typeof VulnerabilityFacts>;

/** A step that a site's receipt says was applied. */
export const AppliedFacts = z.strictObject({
  site: text,
  /** The site's present tier. */
  tier: text.nullable(),
  kind: StepKind,
  target: text,
  to: z.unknown(),
  /** Digest of the installed bytes; `null` for a step without a package. */
  sha256: text.nullable().default(null),
  at: Time,
  /** Nothing went wrong there since, and the site is at level NORMAL. */
  well: z.boolean().nullable(),
});
export type AppliedFacts = z.infer<typeof AppliedFacts>;

/** What runs a site, by its own signed evidence. */
export const SiteRuntime = z.strictObject({
  php: Version.nullable().default(null),
  wordpress: Version.nullable().default(null),
  /** The site's own answer: every step of this plan meets its requirements there. */
  fits: z.boolean().nullable().default(null),
});
export type SiteRuntime = z.infer<typeof SiteRuntime>;

/** A line that looks like a secret. The text itself is never kept. */
export const SecretPlace = z.strictObject({ file: text, line: z.int().min(1) });
export type SecretPlace = z.infer<typeof SecretPlace>;

const unlessGiven = <Item extends z.ZodType>(item: Item) => z.union([item, unread]).default(null);

/** `null` everywhere is *could not be read*, and so is an entry that a record lacks. */
export const RuleFacts = z.strictObject({
  /** By package digest: every field of its lock equals what its source says. */
  matchesSource: unlessGiven(z.record(text, z.boolean().nullable())),
  /** Digests of packages whose installation did not end well on some site. */
  failedPackages: unlessGiven(z.array(text)),
  vulnerabilities: unlessGiven(VulnerabilityFacts),
  /** Why there is no feed, or no newer one, in words for people. */
  feedProblem: unlessGiven(text.max(500)),
  applied: unlessGiven(z.array(AppliedFacts)),
  sites: unlessGiven(z.record(text, SiteRuntime)),
  /** Lines of the proposal that look like secrets. */
  secrets: unlessGiven(z.array(SecretPlace)),
});
export type RuleFacts = z.infer<typeof RuleFacts>;
