/** A planned change as reviewers and rules see it: what, where, how far, how risky, and why. */
import { z } from "zod";
import { type Digest, Instant, SiteId, Version } from "./ids.ts";
import {
  type ControlKind,
  PackageRef,
  Reversibility,
  Risk,
  type SitePlan,
  StepValue,
} from "./plan.ts";
import { Direction, SourceName } from "./policy-rule.ts";
import { ChangeKind, Labels } from "./selector.ts";
import type { Finding } from "./finding.ts";
import type { FileContent } from "./yaml-document.ts";

export const RiskReason = z.enum([
  "patch_version",
  "minor_version",
  "major_version",
  "same_version",
  "downgrade",
  "previous_unknown",
  "new_code",
  "starts_code",
  "stops_code",
  "deletes_code",
  "changes_appearance",
  "whole_site",
  "core_downgrade",
  "visible_option",
  "plain_option",
  "closes_site",
  "opens_site",
  "empties_cache",
  "replaces_connector",
  "new_site",
  "adopts_live_state",
  "edits_site",
  "moves_site_address",
  "moves_site_tier",
  "ends_control",
  "trusts_key",
  "changes_who_decides",
  "shared_state",
  "locks_package",
  "other_bytes",
]);
export type RiskReason = z.infer<typeof RiskReason>;

export const ReversibilityReason = z.enum([
  "files_come_back",
  "switch_comes_back",
  "value_comes_back",
  "old_build_kept",
  "nothing_to_undo",
  "same_database_layout",
  "commit_comes_back",
  "previous_unknown",
  /** An older version may find data that a newer one has already converted. */
  "data_may_be_newer",
  /** A receipt says that this step changed tables or columns on some site. */
  "schema_changed_before",
  "pairing_again",
  "database_upgrade_unknown",
  "database_upgrade",
  "deletion_loses_data",
]);
export type ReversibilityReason = z.infer<typeof ReversibilityReason>;

/** How far a version moves: in its first part, its second, or behind that. */
export const StepSize = z.enum(["major", "minor", "patch", "none"]);
export type StepSize = z.infer<typeof StepSize>;

/** What the package lock claims about the bytes of one version. */
export const PackageFacts = z.strictObject({
  ...PackageRef.shape,
  /** The lock file. */
  path: z.string(),
  source: SourceName,
  releasedAt: Instant,
  requires: Version.nullable(),
  requiresPhp: Version.nullable(),
});
export type PackageFacts = z.infer<typeof PackageFacts>;

export const PlannedChange = z.strictObject({
  /** `null` for a change that belongs to no site; then tier, labels and zone are, too. */
  site: SiteId.nullable(),
  /** Of the site as it was before, so that no proposal escapes a gate by moving it. */
  tier: z.string().nullable(),
  labels: Labels.nullable(),
  timezone: z.string().nullable(),
  kind: ChangeKind,
  /** A step's target; for control changes the path of the file. */
  target: z.string(),
  from: StepValue,
  to: StepValue,
  /** The site's `url` changes. */
  url: z.boolean(),
  direction: Direction,
  size: StepSize,
  /** How many major versions the step crosses, in either direction. */
  majors: z.int().min(0),
  risk: Risk,
  riskReasons: z.array(RiskReason).min(1).readonly(),
  reversibility: Reversibility,
  reversibilityReasons: z.array(ReversibilityReason).min(1).readonly(),
  /** The package that is installed, and the one that is left. */
  package: PackageFacts.nullable(),
  previous: PackageFacts.nullable(),
  /** The line of the control repository that asks for it. */
  cause: z.strictObject({ file: z.string(), line: z.int().min(1), column: z.int().min(1) }),
});
export type PlannedChange = z.infer<typeof PlannedChange>;

/** JSON data, as RFC 8785 can write it. */
export type PlainValue = string | number | boolean | null | readonly PlainValue[] | PlainObject;
export interface PlainObject {
  readonly [name: string]: PlainValue;
}

/**
 * What a control change's digest is taken over: the meaning of a file that plans understand, so
 * that comments and key order do not matter, or the bytes of any other.
 */
export type ControlContent =
  | { readonly form: "value"; readonly value: PlainValue }
  | { readonly form: "bytes"; readonly content: FileContent };

/** A control change before its digests are computed. */
export interface ControlDraft {
  readonly kind: ControlKind;
  readonly path: string;
  readonly site: SiteId | null;
  readonly from: ControlContent | null;
  readonly to: ControlContent | null;
}

/** What two trees come to. Where `state` is `failed`, some finding is an error: it has no digest. */
export interface Plan {
  readonly state: "ok" | "failed";
  /** By site and in the order of execution; then the control changes, by path. */
  readonly changes: readonly PlannedChange[];
  /** Sites with steps, sorted. Equal plans are one and the same object. */
  readonly sitePlans: ReadonlyMap<SiteId, SitePlan>;
  /** Sorted by path, then kind. */
  readonly control: readonly ControlDraft[];
  readonly findings: readonly Finding[];
  /** Changed files that mean nothing to a plan, sorted. */
  readonly otherPaths: readonly string[];
  /** How many sites the fleet has after it. */
  readonly siteCount: number;
}

/** The text and digest of a fleet plan and of each site's part. */
export interface PlanTexts {
  readonly fleet: { readonly text: string; readonly digest: Digest };
  readonly sites: ReadonlyMap<SiteId, { readonly text: string; readonly digest: Digest }>;
}
