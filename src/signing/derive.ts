/**
 * Keys from secrets: Ed25519 seeds by HKDF-SHA256 (RFC 5869), salt empty, info the RFC 8785 text
 * of the list of arguments. `cp` and `site` stand with their prefix, as in `iss` and `aud`.
 */
import { hkdfSync } from "node:crypto";
import { canonicalText } from "./canonical.ts";

export interface ActionKeyName {
  readonly cp: string;
  readonly site: string;
  readonly epoch: number;
  readonly gen: number;
  readonly kver: number;
}

export interface LogKeyName {
  readonly cp: string;
  readonly gen: number;
}

/** One per site, epoch, generation and version: none can speak for another. */
export function actionKeyInfo({ cp, site, epoch, gen, kver }: ActionKeyName): string {
  return canonicalText(["countersign action v1", cp, site, epoch, gen, kver]);
}

export function logKeyInfo({ cp, gen }: LogKeyName): string {
  return canonicalText(["countersign log v1", cp, gen]);
}

/** For the 128 random bits that one person carries from one screen to another. */
export function pairingKeyInfo(site: string): string {
  return canonicalText(["countersign pairing v1", site]);
}

/** The 32 bytes of an Ed25519 private key. */
export function deriveKey(secret: Uint8Array, info: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", info, 32));
}
