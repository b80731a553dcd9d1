/** `sites/<site-id>.yml`: one site, its address, its place in the fleet, and its desired state. */
import { z } from "zod";
import { DesiredState } from "./desired-state.ts";
import { Bytes32, Digest } from "./ids.ts";
import { HealthPage } from "./plan.ts";
import { Labels, Tier } from "./selector.ts";
import { TimeZone } from "./time-words.ts";

/** The home URL as WordPress stores it: no trailing slash, query, fragment or password. */
export const HomeUrl = z
  .string()
  .max(300)
  .regex(
    /^https?:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9][0-9]{0,4})?(\/[A-Za-z0-9._~-]+)*$/u,
    "the site's home URL: http(s), lower-case host, path without a trailing slash",
  )
  .refine((url) => !/\/\.{1,2}(\/|$)/u.test(url), "a path without . and ..");

/** What pairing writes: the site's public key, its epoch, and the log position it pinned. */
export const ConnectorPin = z.strictObject({
  epoch: z.int().min(1),
  since: z.int().min(0),
  key: z.strictObject({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: Bytes32 }),
});
export type ConnectorPin = z.infer<typeof ConnectorPin>;

const SiteHealthPage = z
  .strictObject({
    path: HealthPage.shape.path,
    status: HealthPage.shape.status.default(200),
    text: z.string().min(1).max(200).exactOptional(),
  })
  .transform((page): HealthPage => ({ ...page, text: page.text ?? null }));

const VolatileGlob = z
  .string()
  .min(1)
  .max(200)
  .regex(
    /^(?!\/)(?!.*(^|\/)\.\.?(\/|$))[^\s\\[\]{}?!()]+$/u,
    "a relative path with * within a name and ** across names",
  );

export const SiteFile = z.strictObject({
  url: HomeUrl,
  tier: Tier,
  labels: Labels.default({}),
  timezone: TimeZone.prefault("UTC"),
  /** Written by the pairing pull request only. */
  connector: ConnectorPin.exactOptional(),
  desired: DesiredState.prefault({}),
  /** Digest of the inventory that this file's desired state was adopted from. */
  adopted: Digest.exactOptional(),
  health: z.array(SiteHealthPage).max(20).default([]),
  volatile: z.array(VolatileGlob).max(50).default([]),
});
export type SiteFile = z.infer<typeof SiteFile>;
