/**
 * What a pairing carries from the control plane to a site, by way of two people's screens.
 * Source: docs/protocol.md, "Pairing".
 */
import { z } from "zod";
import { Bytes32, SiteId } from "./ids.ts";
import { HomeUrl } from "./site-file.ts";

const Count = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const cp = z.string().regex(/^cp:[1-9][0-9]{0,15}$/u, "cp: and the repository's numeric id");
const site = z
  .string()
  .refine((name) => name.startsWith("site:") && SiteId.safeParse(name.slice(5)).success, {
    error: "site: and the site's id",
  });

/** The control plane's answer to an opened window: the keys that the site is to pin. */
export const PairingOffer = z.strictObject({
  /** Public half of the key that will sign for this site in this epoch. */
  action: Bytes32,
  cp,
  epoch: Count,
  gen: Count,
  kver: Count,
  log: Bytes32,
  recovery: Bytes32,
  site,
});
export type PairingOffer = z.infer<typeof PairingOffer>;

/** 128 bits, base64url: the only secret of a pairing, known to two screens. */
export const PairingSecret = z
  .string()
  .regex(/^[A-Za-z0-9_-]{21}[AQgw]$/u, "16 bytes in base64url without padding");

/** What an administrator pastes: the offer, where it belongs, and the secret. */
export const PairingString = PairingOffer.extend({
  home: HomeUrl,
  s: PairingSecret,
  /** Where the site sends its token; empty where a person carries it. */
  url: z.union([z.literal(""), z.url({ protocol: /^https?$/u, error: "an http(s) URL" }).max(300)]),
});
export type PairingString = z.infer<typeof PairingString>;
