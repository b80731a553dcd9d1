/**
 * `countersign keys recover`: ends a theft of the seed, offline. With the recovery key it makes a
 * new seed, a new recovery key and, for every paired site, the key-set that replaces all it has
 * pinned; the sets go to the default branch as `keys/<generation>.jsonl`. docs/operations.md.
 */
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { EntryOf } from "../contract/audit-entry.ts";
import type { ClaimsOf } from "../contract/claims.ts";
import { pathOfKeys } from "../contract/control-repository.ts";
import type { Generation } from "../contract/keyset-entry.ts";
import { type History, readHistory } from "../domain/history.ts";
import { CountersignError } from "../errors.ts";
import { decodeBase64url, encodeBase64url } from "../signing/base64url.ts";
import { keysText } from "../signing/generation.ts";
import { type KeySource, keySourceOf } from "../signing/key-source.ts";
import { mintToken } from "../signing/mint.ts";
import { type Signer, signerOf } from "../signing/signer.ts";
import { readEntries } from "./audit-log.ts";
import { readText } from "./read-text.ts";

export interface RecoverOptions {
  /** A clone of the control repository: the file is written there. */
  readonly clone: string;
  /** File with the recovery key, or - for standard input. */
  readonly recoveryKey: string;
  /** File with a new seed that another fleet of the same server was given; one is made otherwise. */
  readonly seed: string | undefined;
}

export interface Recovered {
  readonly gen: number;
  readonly sites: readonly string[];
  /** In the clone. */
  readonly path: string;
  /** Secret. */
  readonly seed: string;
  /** Secret. */
  readonly recovery: string;
}

/**
 * @throws CountersignError `usage` where the key or seed is the wrong one, no site is paired, or
 * the file is there; `clone_unreadable`, or `log_unreadable` where the log does not verify
 */
export async function recoverKeys(options: RecoverOptions, now: number): Promise<Recovered> {
  const { entries, report, copy } = await readEntries(options.clone);
  if (!report.ok) throw unverified(options.clone);
  const secret = decodeBase64url((await readText(options.recoveryKey)).trim());
  const seed = options.seed === undefined ? newSecret() : (await readText(options.seed)).trim();
  const facts = { repo: copy.repo, history: readHistory(entries), secret, seed, now };
  const { text, ...made } = await makeGeneration(facts);
  await writeNew(join(options.clone, made.path), text);
  return made;
}

export interface RecoveryFacts {
  readonly repo: number;
  readonly history: History;
  /** The recovery key in force. */
  readonly secret: Uint8Array | undefined;
  readonly seed: string;
  readonly now: number;
}

/** The file's text, and what goes with it. @throws CountersignError as `recoverKeys` */
export async function makeGeneration({
  repo,
  history,
  secret,
  seed,
  now,
}: RecoveryFacts): Promise<Recovered & { readonly text: string }> {
  const { anchors, pairings } = history;
  const sorted = [...pairings.values()].toSorted((a, b) => (a.site < b.site ? -1 : 1));
  if (anchors === null || sorted.length === 0) {
    throw usage("No site is paired: nobody has pinned a key.", "Begin a new control repository.");
  }
  const by = recoverySigner(secret, anchors);
  const [keys, cp, gen] = [keySourceOf(seed), `cp:${repo}`, anchors.gen + 1];
  if ((await keys.logSigner({ cp, gen: anchors.gen })).x === anchors.log) {
    throw usage("This is the seed in force, which is to be replaced.", "Leave --seed out.");
  }
  const recovery = randomBytes(32);
  const next = { cp, keys, gen, recovery: signerOf(recovery, "recovery"), by, now };
  const sets = await Promise.all(sorted.map((pairing) => firstSet(pairing, next)));
  return {
    gen,
    sites: sorted.map(({ site }) => site),
    path: pathOfKeys(gen),
    text: keysText(sets),
    seed,
    recovery: encodeBase64url(recovery),
  };
}

interface NextKeys {
  readonly cp: string;
  readonly keys: KeySource;
  readonly gen: number;
  readonly recovery: Signer;
  /** The recovery key of the generation that ends. */
  readonly by: Signer;
  readonly now: number;
}

async function firstSet(
  { site, epoch }: EntryOf<"pairing">,
  { cp, keys, gen, recovery, by, now }: NextKeys,
): Promise<{ readonly token: string }> {
  const aud = `site:${site}`;
  const action = await keys.actionSigner({ cp, site: aud, epoch, gen, kver: 1 });
  const log = await keys.logSigner({ cp, gen });
  const entry = ({ kid, use, x }: Signer) => ({ kid, use, x });
  const claims: ClaimsOf<"keyset"> = {
    aud,
    epoch,
    gen,
    iat: now,
    iss: cp,
    keys: [action, log, recovery].map(entry),
    kver: 1,
  };
  return mintToken("keyset", claims, by);
}

function recoverySigner(secret: Uint8Array | undefined, { gen, recovery }: Generation): Signer {
  if (secret?.length !== 32) {
    throw usage("The recovery key is not 32 bytes in base64url.", "Hand it over unchanged.");
  }
  const signer = signerOf(secret, "recovery");
  if (signer.x === recovery) return signer;
  throw usage(
    `This is not the recovery key of generation ${gen}, which the sites have pinned.`,
    "Without it the sites have to be paired anew.",
  );
}

const newSecret = (): string => encodeBase64url(randomBytes(32));

/** Never over a file: its seed would be lost, and the sites can take but one. */
async function writeNew(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (cause) {
    throw usage(
      `${path} cannot be written.`,
      "Where it is there, use the seed that it was made with.",
      cause,
    );
  }
}

export function describeRecovered({ gen, sites, path, seed, recovery }: Recovered): string {
  const many = sites.length === 1 ? "one site" : `${sites.length} sites`;
  return `Generation ${gen} of the keys, for ${many}: ${path}. Two secrets, stored nowhere: this is the only time you see them.

1. The new seed. Into the secret manager of the machine that runs Countersign, in the place of the old one:
   COUNTERSIGN_SEED=${seed}

2. The new recovery key. On paper or in a safe; the old one is of no use any more:
   ${recovery}

3. Restart the server with the new seed, and bring ${path} to the default branch by a pull request.
   \`countersign keys list\` says which sites have taken their keys.`;
}

function unverified(folder: string): CountersignError {
  return new CountersignError("log_unreadable", "The log does not verify: its sites are unknown.", {
    hint: `Run \`countersign audit verify ${folder}\`, and use a clone from before what it names.`,
  });
}

function usage(message: string, hint: string, cause?: unknown): CountersignError {
  return new CountersignError("usage", message, { hint, cause });
}
