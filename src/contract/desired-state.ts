/** `desired:` of site files and baselines: which software and options a site is to have. */
import { z } from "zod";
import { Slug, Version } from "./ids.ts";
import { DesiredOptions } from "./options.ts";

/** The connector's own plugin folder: it is updated by `connector:`, never as a plugin. */
export const CONNECTOR_SLUG = "countersign";

const PluginSlug = Slug.refine(
  (slug) => slug !== CONNECTOR_SLUG,
  "any plugin but the connector, whose version stands in desired.connector",
);

const Absent = z.strictObject({ state: z.literal("absent") });
const Present = z.strictObject({
  version: Version,
  state: z.enum(["active", "inactive"]),
});

/** A plugin or theme: a version with `active` or `inactive`, or `state: absent` alone. */
export const DesiredSoftware = z.discriminatedUnion("state", [Absent, Present], {
  error: "state: active, inactive or absent",
});
export type DesiredSoftware = z.infer<typeof DesiredSoftware>;

export const DesiredCore = z.strictObject({
  version: Version,
  /** Leaves WordPress's own security releases on: a newer patch is then no drift. */
  autoPatch: z.boolean().default(false),
});
export type DesiredCore = z.infer<typeof DesiredCore>;

export const DesiredState = z.strictObject({
  core: DesiredCore.exactOptional(),
  plugins: z.record(PluginSlug, DesiredSoftware).default({}),
  themes: z.record(Slug, DesiredSoftware).default({}),
  options: DesiredOptions.prefault({}),
  connector: z.strictObject({ version: Version }).exactOptional(),
});
export type DesiredState = z.infer<typeof DesiredState>;
