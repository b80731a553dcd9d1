/** Where packages come from: `sources:` in `countersign.yml`. The first that fits a package wins. */
import { z } from "zod";
import { Host, SourceName } from "./policy-rule.ts";

const MIB = 1_048_576;

/** Globs over `core`, `plugins/<slug>` and `themes/<slug>`; `*` stays within a name. */
const PackageGlob = z
  .string()
  .max(120)
  .regex(/^(core|(plugins|themes)\/[a-z0-9*_-]+)$/u, "core, plugins/<glob> or themes/<glob>");

export const EnvName = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,63}$/u, "the name of an environment variable: A-Z, 0-9 and _");

const HttpUrl = z.url({ protocol: /^https?$/u, error: "an http(s) URL" }).max(500);

const UrlTemplate = z
  .string()
  .max(500)
  .regex(/^https?:\/\/[^\s{}/]+(:\d+)?\//u, "an http(s) URL whose host holds no placeholder")
  .refine(
    (template) => template.replace(/\{(type|slug|version)\}/gu, "").search(/[{}\s]/u) < 0,
    "placeholders {type}, {slug} and {version} only",
  )
  .refine((template) => template.includes("{version}"), "a URL that contains {version}");

const common = {
  name: SourceName,
  packages: z.array(PackageGlob).min(1).exactOptional(),
  /** Hosts a download may come from, redirects included; nothing else is contacted. */
  hosts: z.array(Host).min(1).max(20),
  maxBytes: z
    .int()
    .min(1)
    .max(512 * MIB)
    .default(128 * MIB),
  /** Allows plain http and private or loopback addresses: for a package server in-house. */
  privateAddresses: z.boolean().default(false),
};

export const PackageSource = z.discriminatedUnion("type", [
  /** The shape of WordPress.org's `plugins/info/1.2`, `themes/info/1.2` and `core/version-check`. */
  z.strictObject({
    ...common,
    type: z.literal("wordpress.org"),
    api: HttpUrl.default("https://api.wordpress.org"),
  }),
  z.strictObject({ ...common, type: z.literal("template"), url: UrlTemplate }),
  /** A template whose requests carry `Authorization: Bearer` with a token from the environment. */
  z.strictObject({
    ...common,
    type: z.literal("private"),
    url: UrlTemplate,
    token: z.strictObject({ env: EnvName }),
  }),
]);
export type PackageSource = z.infer<typeof PackageSource>;

export const DEFAULT_SOURCES: readonly PackageSource[] = [
  {
    name: "wordpress.org",
    type: "wordpress.org",
    api: "https://api.wordpress.org",
    hosts: ["api.wordpress.org", "downloads.wordpress.org"],
    maxBytes: 128 * MIB,
    privateAddresses: false,
  },
];
