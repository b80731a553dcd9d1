/** `countersign init`: new keys, and what a person has to do with each of them. */
import { randomBytes } from "node:crypto";
import { CountersignError } from "../errors.ts";
import { decodeBase64url, encodeBase64url } from "../signing/base64url.ts";
import { deriveKey, logKeyInfo } from "../signing/derive.ts";
import { signerOf } from "../signing/signer.ts";

export interface NewKeys {
  /** Secret: from it every signing key of the control plane derives. */
  readonly seed: string;
  /** Secret, for people to keep offline: ends a theft of the seed. */
  readonly recovery: string;
  /** Public halves for `log:` in countersign.yml. */
  readonly logKey: string;
  readonly recoveryKey: string;
}

export function newKeys(repo: number): NewKeys {
  const [seed, recovery] = [randomBytes(32), randomBytes(32)];
  return {
    seed: encodeBase64url(seed),
    recovery: encodeBase64url(recovery),
    logKey: logKeyOf(seed, repo),
    recoveryKey: signerOf(recovery, "recovery").x,
  };
}

/** The public half of the first log key; `null` where the text is no seed. */
export function logKeyOfText(seed: string, repo: number): string | null {
  const bytes = decodeBase64url(seed);
  return bytes?.length === 32 ? logKeyOf(bytes, repo) : null;
}

const logKeyOf = (seed: Uint8Array, repo: number): string =>
  signerOf(deriveKey(seed, logKeyInfo({ cp: `cp:${repo}`, gen: 1 })), "log").x;

/** @throws CountersignError `usage` */
export function init(repository: string): string {
  if (!/^[1-9]\d{0,15}$/u.test(repository)) {
    throw new CountersignError("usage", `${JSON.stringify(repository)} is no repository id.`, {
      hint: "Find it with `gh api repos/OWNER/NAME --jq .id`.",
    });
  }
  const keys = newKeys(Number(repository));
  return `Three things to put in their places. Nothing was stored: this is the only time you see them.

1. The seed. Secret: into the secret manager of the machine that runs Countersign.
   COUNTERSIGN_SEED=${keys.seed}

2. The recovery key. Secret: on paper or in a safe, never on that machine. It ends a theft of the seed.
   ${keys.recovery}

3. Their public halves, into countersign.yml:
   log:
     key: ${keys.logKey}
     recovery: ${keys.recoveryKey}`;
}
