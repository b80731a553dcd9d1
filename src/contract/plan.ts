/**
 * The plan: what reviewers approve and what connectors execute. A site's plan is exact RFC 8785
 * text that does not name the site, so equal plans have one digest; the fleet plan names each
 * site's digest and the control changes. Source: docs/protocol.md, "The signed action".
 */
import { z } from "zod";
import { Digest, SiteId, Version } from "./ids.ts";

/** Changes that a connector executes. Closed: a new word is a new `proto`. */
export const StepKind = z.enum([
  "core.update",
  "plugin.install",
  "plugin.update",
  "plugin.activate",
  "plugin.deactivate",
  "plugin.delete",
  "theme.install",
  "theme.update",
  "theme.activate",
  "theme.delete",
  "option.set",
  "maintenance.set",
  "cache.flush",
  "connector.update",
]);
export type StepKind = z.infer<typeof StepKind>;

/** Changes of the control repository itself: reviewed like steps, executed nowhere. */
export const ControlKind = z.enum([
  "site.add",
  "site.adopt",
  "site.edit",
  "site.remove",
  "connector.pair",
  "policy.change",
  "baseline.change",
  "package.lock",
  "package.repin",
]);
export type ControlKind = z.infer<typeof ControlKind>;

export const Reversibility = z.enum(["reversible", "partly", "not"]);
export type Reversibility = z.infer<typeof Reversibility>;

export const Risk = z.enum(["low", "medium", "high", "critical"]);
export type Risk = z.infer<typeof Risk>;

/**
 * What a step is about: `core`, `plugins/<slug>`, `themes/<slug>`, `options/<name>`,
 * `maintenance`, `cache` or `connector`.
 */
export const Target = z
  .string()
  .regex(
    /^(core|maintenance|cache|connector|(plugins|themes)\/[a-z0-9]([a-z0-9_-]{0,98}[a-z0-9])?|options\/[a-z0-9_]{1,64})$/u,
    "core, plugins/<slug>, themes/<slug>, options/<name>, maintenance, cache or connector",
  )
  .brand<"Target">();
export type Target = z.infer<typeof Target>;

/**
 * A value before or after a step: a version for install, update and delete, `active` or
 * `inactive` for a plugin's activation, the old and the new theme's slug for `theme.activate`, the
 * typed value for an option, true for a closed site. `null` is "not there", or "not known" where
 * desired state did not name the target before.
 */
export const StepValue = z.union([z.string().max(2000), z.int(), z.boolean(), z.null()]);
export type StepValue = z.infer<typeof StepValue>;

/** The exact bytes a step installs. `sha256` is a digest; `bytes` the file's size. */
export const PackageRef = z.strictObject({
  url: z.url({ protocol: /^https?$/u }).max(500),
  sha256: Digest,
  bytes: z.int().min(1),
  version: Version,
});
export type PackageRef = z.infer<typeof PackageRef>;

export const Inverse = z.strictObject({
  kind: StepKind,
  from: StepValue,
  to: StepValue,
  package: PackageRef.nullable(),
});
export type Inverse = z.infer<typeof Inverse>;

export const Step = z.strictObject({
  kind: StepKind,
  target: Target,
  from: StepValue,
  to: StepValue,
  package: PackageRef.nullable(),
  reversibility: Reversibility,
  /**
   * The step that takes this one back, as reviewers saw it; `null` where none is known. Its
   * `to` names the theme that comes back after a `theme.activate`.
   */
  inverse: Inverse.nullable(),
});
export type Step = z.infer<typeof Step>;

/** A page that has to answer like this before and after: product.md, `health`. */
export const HealthPage = z.strictObject({
  path: z
    .string()
    .regex(/^\/[^\s#]*$/u, "a path that begins with /")
    .max(500),
  status: z.int().min(100).max(599),
  text: z.string().max(200).nullable(),
});
export type HealthPage = z.infer<typeof HealthPage>;

export const SitePlan = z.strictObject({
  version: z.literal(1),
  steps: z.array(Step).max(500),
  health: z.array(HealthPage).max(20),
  /** Globs left out of a tree's digest: `*` within a name, `**` across, nothing else. */
  volatile: z.array(z.string().max(200)).max(50),
});
export type SitePlan = z.infer<typeof SitePlan>;

export const ControlChange = z.strictObject({
  kind: ControlKind,
  /** The file in the control repository that changes. */
  path: z.string().max(500),
  site: SiteId.nullable(),
  /**
   * Digests before and after; `null` is "not there". Of site files, baselines and locks over the
   * RFC 8785 text of what they mean, of policy files over their bytes.
   */
  from: Digest.nullable(),
  to: Digest.nullable(),
});
export type ControlChange = z.infer<typeof ControlChange>;

/** Its digest over the RFC 8785 text is *the* plan digest that approvals are bound to. */
export const FleetPlan = z.strictObject({
  version: z.literal(1),
  /** Sorted by site. `plan` is the digest of the site's plan text. */
  sites: z.array(z.strictObject({ site: SiteId, plan: Digest })),
  /** Sorted by path, then kind. */
  control: z.array(ControlChange),
});
export type FleetPlan = z.infer<typeof FleetPlan>;

/** Live state of one target as a site reads it: `pre` is the digest of the RFC 8785 list. */
export const LiveState = z.strictObject({
  target: Target,
  version: Version.nullable(),
  /** `active`, `inactive`, `absent`; for an option the RFC 8785 text of its value. */
  state: z.string().max(2100),
  /** Digest of the folder's tree; `unknown` where it holds a link; `null` where there is none. */
  tree: z.union([Digest, z.literal("unknown")]).nullable(),
});
export type LiveState = z.infer<typeof LiveState>;
