/** A small log with fixed keys: bootstrapped, one site paired, one action authorised. */
import { AuthorisedEntry } from "../../src/contract/audit-entry.ts";
import type { ClaimsOf } from "../../src/contract/claims.ts";
import type { Digest } from "../../src/contract/ids.ts";
import { type LogHead, signCheckpoint } from "../../src/audit/checkpoint.ts";
import { type MerkleTree, rootAt, treeOf } from "../../src/audit/merkle.ts";
import { tileFiles } from "../../src/audit/tiles.ts";
import { actionIdOf } from "../../src/signing/action-id.ts";
import { canonicalText, type Json } from "../../src/signing/canonical.ts";
import { asDigest, digestOfText, EMPTY_DIGEST } from "../../src/signing/digest.ts";
import { mintToken } from "../../src/signing/mint.ts";
import type { Signer } from "../../src/signing/signer.ts";
import { claimsWith, DETAIL, log, NOW, PLAN, recovery, siteKey } from "../signing/world.ts";
import { digest, sha, site } from "../support/ids.ts";

export const REPO = 4217;
export const AT = new Date(NOW * 1000).toISOString().replace(".000Z", "Z");
export const acme = site("acme-shop");

export const line = (entry: object): string =>
  canonicalText(JSON.parse(JSON.stringify(entry)) as Json);

export const bootstrapped = {
  at: AT,
  by: 1,
  commit: sha("first"),
  config: digest("countersign.yml"),
  kind: "fleet.bootstrapped",
  log: log.x,
  recovery: recovery.x,
  repo: REPO,
};

export function pairingEntry(epoch: number, by: Signer = siteKey): object {
  return {
    at: AT,
    commit: sha("pairing"),
    epoch,
    key: by.x,
    kid: by.kid,
    kind: "pairing",
    pr: 1,
    site: acme,
  };
}

export function authorisedEntry(over: Partial<AuthorisedEntry> = {}): AuthorisedEntry {
  const identity = {
    attempt: 1,
    merge: sha("merge"),
    mode: "apply" as const,
    plan: digestOfText(PLAN),
    site: acme,
    ...over,
  };
  return AuthorisedEntry.parse({
    at: AT,
    evd: digest("evidence"),
    fleet: digest("fleet plan"),
    kind: "authorised",
    pol: digest("countersign.yml"),
    pr: 17,
    pre: digest("pre"),
    sub: actionIdOf({ ...identity, repo: REPO }),
    ...identity,
    ...over,
  });
}

export const sentEntry = ({ sub, site: of }: AuthorisedEntry): object => ({
  at: AT,
  kind: "sent",
  site: of,
  sub,
  token: digest("action token"),
});

/** A receipt for an authorisation, truly signed; `claims` and `entry` replace what it says. */
export async function receiptEntry(
  { sub, plan, mode }: AuthorisedEntry,
  over: {
    claims?: Record<string, unknown>;
    entry?: Record<string, unknown>;
    by?: Signer;
  } = {},
): Promise<object> {
  const claims = claimsWith("receipt", {
    sub,
    plan,
    mode,
    size: 0,
    root: EMPTY_DIGEST,
    ...over.claims,
  }) as unknown as ClaimsOf<"receipt">;
  const { token } = await mintToken("receipt", claims, over.by ?? siteKey);
  return {
    at: AT,
    detail: digestOfText(DETAIL),
    kind: "receipt",
    out: claims.out,
    site: acme,
    sub: claims.sub,
    token,
    ...over.entry,
  };
}

export const headOf = (tree: MerkleTree, size: number): LogHead => ({
  size,
  root: rootOf(tree, size),
});
export const rootOf = (tree: MerkleTree, size: number): Digest => asDigest(rootAt(tree, size));

/** What a clone of the audit branch holds. */
export async function cloneOf(
  lines: readonly string[],
  by: Signer = log,
): Promise<{ checkpoint: string; tiles: string[] }> {
  const head = headOf(treeOf(lines), lines.length);
  return {
    checkpoint: await signCheckpoint(REPO, head, by),
    tiles: [...tileFiles(0, lines).values()],
  };
}
