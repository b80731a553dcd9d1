/**
 * `countersign.yml`: who may do what, which approvals a plan needs, and the fleet's rules.
 * What a schema cannot say (names that have to exist, pairs that contradict) is in
 * fleet-config-checks.ts; `readFleetConfig` applies both and returns every error together.
 * Text for people: docs/policy.md.
 */
import { z } from "zod";
import { Builtin, ClearedPackage } from "./builtin-rules.ts";
import { sortFindings, type Finding } from "./finding.ts";
import { checkFleetConfig } from "./fleet-config-checks.ts";
import { Bytes32, NumericId } from "./ids.ts";
import { DEFAULT_SOURCES, EnvName, PackageSource } from "./package-source.ts";
import { StepKind } from "./plan.ts";
import { PolicyRule } from "./policy-rule.ts";
import { checkSchema } from "./schema-finding.ts";
import { ChangeSelector, SiteSelector, Tier } from "./selector.ts";
import { duration, LocalTime, TimeOfDay, TimeZone } from "./time-words.ts";
import { type FileContent, readYaml, type YamlDocument } from "./yaml-document.ts";

export const FLEET_CONFIG_PATH = "countersign.yml";
export const ANY_ROLE = "any-role";

export const RoleName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/u, "1 to 32 of a-z, 0-9 and -, beginning with a letter")
  .refine((name) => name !== ANY_ROLE, "any-role means every role: it is no name of one");
export type RoleName = z.infer<typeof RoleName>;

const Login = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}(\[bot\])?$/u, "a GitHub login, without @");

/** A pinned person, or a bare login, which holds no role until `countersign pin` writes the id. */
export const Person = z
  .union([Login, z.strictObject({ login: Login, id: NumericId.exactOptional() })])
  .transform((value): Person =>
    typeof value === "string" ? { login: value, id: null } : { ...value, id: value.id ?? null },
  );
export interface Person {
  readonly login: string;
  readonly id: number | null;
}

const TeamName = z
  .string()
  .max(140)
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[a-z0-9][a-z0-9_-]*$/u, "organisation/team-slug");

/** GitHub's repository permissions, weakest first. */
export const Permission = z.enum(["read", "triage", "write", "maintain", "admin"]);
export type Permission = z.infer<typeof Permission>;

export const Role = z.strictObject({
  teams: z.array(TeamName).max(50).default([]),
  users: z.array(Person).max(200).default([]),
  /** Holders count only with at least this permission in the control repository. */
  permission: Permission.exactOptional(),
});
export type Role = z.infer<typeof Role>;

const Count = z.int().min(1).max(20);

/** Who may use a right; `role` may be `any-role`. */
export const Right = z
  .union([
    z.literal(ANY_ROLE),
    z.strictObject({ role: z.string().min(1).max(32), count: Count.default(1) }),
  ])
  .transform((value): Right => (value === ANY_ROLE ? { role: ANY_ROLE, count: 1 } : value));
export interface Right {
  readonly role: string;
  readonly count: number;
}

/** Never one person's, and good for an hour at most. */
export const BreakGlassRight = z.strictObject({
  role: z.string().min(1).max(32),
  count: z.int().min(2, "at least 2: breaking glass is never one person's").max(20).default(2),
  for: duration({ max: "60m" }),
});
export type BreakGlassRight = z.infer<typeof BreakGlassRight>;

/** A right that is missing is nobody's. */
export const Rights = z.strictObject({
  "change-policy": Right.exactOptional(),
  pair: Right.exactOptional(),
  override: Right.exactOptional(),
  release: Right.exactOptional(),
  retry: Right.exactOptional(),
  rollback: Right.exactOptional(),
  "break-glass": BreakGlassRight.exactOptional(),
  hold: Right.exactOptional(),
  panic: Right.exactOptional(),
});
export type Rights = z.infer<typeof Rights>;
export type RightName = keyof Rights;

export const Requirement = z.strictObject({ role: z.string().min(1).max(32), count: Count });
export type Requirement = z.infer<typeof Requirement>;

export const Gate = z.strictObject({
  name: z.string().min(1).max(100),
  when: ChangeSelector.default({}),
  require: z.array(Requirement).min(1, "at least one requirement").max(20),
  /** `false`: its requirements may be filled by people who fill others too. */
  distinct: z.boolean().default(true),
  /** How long an approval stays good; without it approvals do not expire. */
  maxAge: duration({ max: "365d" }).exactOptional(),
  /** `same-plan`: an approval survives a push that leaves plan and configuration as they were. */
  keep: z.literal("same-plan").exactOptional(),
});
export type Gate = z.infer<typeof Gate>;

/** What may still run in a freeze: modes of recovery, or kinds of steps. */
export const FreezeException = z.enum(["rollback", "recover", ...StepKind.options]);
export type FreezeException = z.infer<typeof FreezeException>;

export const Freeze = z.strictObject({
  name: z.string().min(1).max(100),
  from: LocalTime,
  until: LocalTime,
  /** Without it each site's own zone. */
  zone: TimeZone.exactOptional(),
  when: SiteSelector.default({}),
  allow: z.array(FreezeException).default([]),
  reason: z.string().min(1).max(500),
  owner: Login,
});
export type Freeze = z.infer<typeof Freeze>;

/** The least evidence that is accepted. */
export const DemandedLevel = z.enum(["proved", "declared", "unknown"]);
export type DemandedLevel = z.infer<typeof DemandedLevel>;

const MaxAge = duration({ max: "365d" });
const Demand = z
  .union([DemandedLevel, z.strictObject({ level: DemandedLevel, maxAge: MaxAge.exactOptional() })])
  .transform((value): { level: DemandedLevel; maxAge?: z.output<typeof MaxAge> } =>
    typeof value === "string" ? { level: value } : value,
  );
export type ReadinessDemand = z.output<typeof Demand>;

export const READINESS_ITEMS = [
  "files",
  "disk",
  "loopback",
  "restoreDrill",
  "previousPackage",
  "backup",
  "database",
  "requirements",
  "caches",
  "stub",
  "stubBeforeCore",
  "heartbeat",
  "messages",
] as const;
export type ReadinessItem = (typeof READINESS_ITEMS)[number];

const demand = Demand.exactOptional();

export const Readiness = z.strictObject({
  when: SiteSelector.default({}),
  files: demand,
  disk: demand,
  loopback: demand,
  restoreDrill: demand,
  previousPackage: demand,
  backup: demand,
  database: demand,
  requirements: demand,
  caches: demand,
  stub: demand,
  stubBeforeCore: demand,
  heartbeat: demand,
  messages: demand,
});
export type Readiness = z.infer<typeof Readiness>;

/** `10%` of the sites, parsed to the number. */
const Percent = z
  .string()
  .regex(/^([1-9][0-9]?|100)%$/u, "a percentage from 1% to 100%")
  .transform((text) => Number(text.slice(0, -1)));

export const Weekday = z.enum(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);
export type Weekday = z.infer<typeof Weekday>;

export const Rollout = z.strictObject({
  canary: SiteSelector.exactOptional(),
  /** Ascending shares of the sites, the last 100. */
  waves: z.array(Percent).min(1).max(20).default([100]),
  soak: duration({ max: "30d" }).exactOptional(),
  /** In each site's own zone; may pass midnight. */
  window: z
    .strictObject({ days: z.array(Weekday).min(1).max(7), from: TimeOfDay, until: TimeOfDay })
    .exactOptional(),
  expiresAfter: duration({ max: "7d" }).prefault("7d"),
});
export type Rollout = z.infer<typeof Rollout>;

export const Pairing = z.strictObject({
  window: duration({ max: "8h" }).prefault("10m"),
  /** Allows sites on private or loopback addresses. */
  privateAddresses: z.boolean().default(false),
});
export type Pairing = z.infer<typeof Pairing>;

/** A feed of known vulnerabilities: from a URL, or from a file that the server's operator keeps. */
export const Vulnerabilities = z.strictObject({
  format: z.enum(["wordfence", "wpscan"]),
  url: z
    .url({ protocol: /^https?$/u, error: "an http(s) URL" })
    .max(500)
    .exactOptional(),
  /** A name in the server's folder of feeds, and no path: a repository reads no other file. */
  file: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/u, "the name of a file in the server's feed folder")
    .exactOptional(),
  /** Sent to the URL's host as `Authorization: Bearer`, with a token from the environment. */
  token: z.strictObject({ env: EnvName }).exactOptional(),
  /** Allows plain http and private or loopback addresses: for a mirror in-house. */
  privateAddresses: z.boolean().default(false),
  maxAge: duration({ max: "30d" }),
});
export type Vulnerabilities = z.infer<typeof Vulnerabilities>;

/**
 * Where the Action runs: the ruleset of the default branch, and up to when an administrator has
 * seen to it that nobody is on its bypass list. A run cannot see who may bypass it, only when it
 * was changed.
 */
const ActionGuard = z.strictObject({
  ruleset: z.int().min(1),
  lookedAt: z.iso.datetime({ offset: true }),
});

export const FleetConfig = z.strictObject({
  version: z.literal(1),
  /** Public halves of the first log key and recovery key; unchanged since bootstrap. */
  log: z.strictObject({ key: Bytes32, recovery: Bytes32 }).exactOptional(),
  tiers: z.array(Tier).min(1).max(20).default(["production", "staging", "development"]),
  roles: z.record(RoleName, Role),
  agents: z.strictObject({ users: z.array(Person).max(200).default([]) }).default({ users: [] }),
  rights: Rights.default({}),
  gates: z.array(Gate).min(1, "at least one gate: a plan no gate matches is blocked").max(100),
  rules: z.array(PolicyRule).max(200).default([]),
  freezes: z.array(Freeze).max(100).default([]),
  readiness: z.array(Readiness).max(50).default([]),
  rollout: Rollout.prefault({}),
  sources: z
    .array(PackageSource)
    .min(1)
    .max(50)
    .default(() => [...DEFAULT_SOURCES]),
  pairing: Pairing.prefault({}),
  vulnerabilities: Vulnerabilities.exactOptional(),
  builtin: Builtin.default({}),
  cleared: z.array(ClearedPackage).max(1000).default([]),
  action: ActionGuard.exactOptional(),
});
export type FleetConfig = z.infer<typeof FleetConfig>;

export type FleetConfigReading =
  | { readonly kind: "valid"; readonly config: FleetConfig; readonly document: YamlDocument }
  | { readonly kind: "invalid"; readonly findings: readonly Finding[] };

/** Reads `countersign.yml` in full; all errors come back together, each with its place. */
export function readFleetConfig(
  content: FileContent,
  file: string = FLEET_CONFIG_PATH,
): FleetConfigReading {
  const reading = readYaml(file, content);
  if (reading.kind === "unreadable") return { kind: "invalid", findings: reading.findings };
  const { document } = reading;
  const schema = checkSchema(document, FleetConfig);
  const references = checkFleetConfig(document);
  if (schema.kind === "valid" && references.length === 0) {
    return { kind: "valid", config: schema.value, document };
  }
  const errors = schema.kind === "invalid" ? schema.findings : [];
  return { kind: "invalid", findings: sortFindings([...errors, ...references]) };
}
