/** `countersign pair-by-hand <site>`: what an administrator pins at a site, and where its answer goes. */
import { readFleetConfig } from "../contract/fleet-config.ts";
import { pathOfSite } from "../contract/control-repository.ts";
import { type Bytes32, SiteId } from "../contract/ids.ts";
import { checkSchema } from "../contract/schema-finding.ts";
import { SiteFile } from "../contract/site-file.ts";
import { readYaml } from "../contract/yaml-document.ts";
import { CountersignError } from "../errors.ts";
import { keySourceOf } from "../signing/key-source.ts";
import { kidOf } from "../signing/thumbprint.ts";
import { type Clone, openClone } from "./clone.ts";

/** What a connector pins: exactly these members. */
export interface Trust {
  readonly cp: string;
  readonly epoch: number;
  readonly gen: number;
  readonly home: string;
  readonly keys: readonly { readonly kid: string; readonly use: string; readonly x: string }[];
  readonly kver: number;
  readonly since: number;
  readonly site: string;
}

/** The public keys that one site pins, of the control plane with this seed. */
export async function trustOf(given: {
  readonly seed: string;
  readonly repo: number;
  readonly site: SiteId;
  readonly home: string;
  readonly log: Bytes32;
  readonly recovery: Bytes32;
}): Promise<Trust> {
  const [cp, site] = [`cp:${given.repo}`, `site:${given.site}`];
  const name = { cp, site, epoch: 1, gen: 1, kver: 1 };
  const action = await keySourceOf(given.seed).actionSigner(name);
  const entry = (use: string, x: Bytes32) => ({ kid: kidOf(x), use, x });
  const keys = [
    entry("action", action.x),
    entry("log", given.log),
    entry("recovery", given.recovery),
  ];
  return { cp, epoch: 1, gen: 1, home: given.home, keys, kver: 1, since: 0, site };
}

/**
 * @param folder a clone of the control repository; the policy and the site's file are read at its HEAD
 * @throws CountersignError `usage`, `seed_invalid` or `clone_unreadable`
 */
export async function pairByHand(
  folder: string,
  asked: { readonly site: string; readonly repository: string; readonly seed: string | undefined },
): Promise<string> {
  const { data: site } = SiteId.safeParse(asked.site);
  if (site === undefined || !/^[1-9]\d{0,15}$/u.test(asked.repository)) {
    throw usage("A site's id and the repository's numeric id are needed.");
  }
  if (asked.seed === undefined) throw usage("COUNTERSIGN_SEED is not set.");
  const clone = await openClone(folder);
  const { home, log, recovery } = await readAnchors(clone, site);
  const repo = Number(asked.repository);
  const trust = await trustOf({ seed: asked.seed, repo, site, home, log, recovery });
  return `1. At the site, as an administrator with a shell:

   wp countersign pair-by-hand '${JSON.stringify(trust)}'

   It prints the site's own public key. The private half never leaves the site.

2. Put that key into ${pathOfSite(site)}, by a pull request that the right \`pair\` approves:

   connector: { epoch: 1, since: 0, key: { kty: OKP, crv: Ed25519, x: <the key> } }`;
}

async function readAnchors(clone: Clone, site: SiteId) {
  const commit = await clone.resolve("HEAD");
  const policy = commit === null ? null : await clone.file(commit, "countersign.yml");
  const file = commit === null ? null : await clone.file(commit, pathOfSite(site));
  const config = policy === null ? null : readFleetConfig(policy);
  const log = config?.kind === "valid" ? config.config.log : undefined;
  if (log === undefined) throw usage("countersign.yml has no `log:`, or is not valid.");
  const reading = file === null ? null : readYaml(pathOfSite(site), file);
  const checked = reading?.kind === "read" ? checkSchema(reading.document, SiteFile) : null;
  if (checked?.kind !== "valid") throw usage(`${pathOfSite(site)} is missing or not valid.`);
  return { home: checked.value.url, log: log.key, recovery: log.recovery };
}

function usage(message: string): CountersignError {
  return new CountersignError("usage", message, {
    hint: "Run it with a clone: COUNTERSIGN_SEED=… countersign pair-by-hand <site> --repository <id> [--clone <folder>].",
  });
}
