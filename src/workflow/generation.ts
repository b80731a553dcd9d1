/**
 * A new generation of keys, as `countersign keys recover` makes it: taken from the default branch,
 * attested or not, since the recovery key's signature is its authority. On record it ends every key
 * of the generation before; the sites take theirs by push or by pull. docs/protocol.md, "Keys".
 */
import type { AuditEntry } from "../contract/audit-entry.ts";
import { pathOfKeys } from "../contract/control-repository.ts";
import { readFleetConfig } from "../contract/fleet-config.ts";
import type { Generation } from "../contract/keyset-entry.ts";
import { type FirstKeyset, readKeysText } from "../signing/generation.ts";
import { cpName, type Fleet, instantOf } from "./fleet.ts";
import type { Forge, Repository } from "./forge-port.ts";
import { keysetJob } from "./keysets.ts";
import { signerInForce } from "./log-branch.ts";

/**
 * Takes what the default branch has, and nothing where it has nothing valid.
 * @throws CountersignError `seed_not_in_force` where its log key is not that of our seed
 */
export async function takeGeneration(fleet: Fleet): Promise<void> {
  const { anchors } = fleet.log.history;
  const sets = anchors === null ? undefined : await setsAfter(fleet, anchors);
  if (sets === undefined) return;
  const [{ gen, log, recovery, token }] = sets;
  const signerOf = (of: number) => fleet.keys.logSigner({ cp: cpName(fleet), gen: of });
  await signerInForce({ signerOf }, { gen, log, recovery });
  await fleet.log.append((history) => {
    if (history.anchors?.gen !== gen - 1) return null;
    const at = instantOf(fleet.clock.now());
    const head = fleet.log.headAt(fleet.log.size);
    const begun: AuditEntry = { at, gen, kind: "generation", log, recovery, token, ...head };
    // A set for an epoch that is dead, or was never merged, is for nobody.
    const live = sets.filter(({ site, epoch }) => history.pairings.get(site)?.epoch === epoch);
    return {
      entries: [begun, ...live.map((set) => ordered(set, at))],
      jobs: live.map(({ site }) => keysetJob(fleet, site)),
    };
  });
  await fleet.log.flush();
}

function ordered({ site, epoch, gen, kid, token }: FirstKeyset, at: string): AuditEntry {
  const what = { epoch, gen, kid, kver: 1, site, token };
  return { at, by: null, kind: "keyset", phase: "ordered", ...what };
}

async function setsAfter({ forge, repository, clock }: Fleet, before: Generation) {
  const tip = await forge.branchTip(repository.defaultBranch);
  const text = tip === null ? null : (await forge.controlTree(tip)).get(pathOfKeys(before.gen + 1));
  if (typeof text !== "string") return undefined;
  return readKeysText(text, { before, repo: repository.id, now: clock.now() });
}

/** What `log:` says on the default branch: it never changes after the bootstrap. */
export async function anchorsOn(forge: Forge, repository: Repository): Promise<Generation | null> {
  const tip = await forge.branchTip(repository.defaultBranch);
  const text = tip === null ? null : (await forge.controlTree(tip)).get("countersign.yml");
  const reading = typeof text === "string" ? readFleetConfig(text) : null;
  const log = reading?.kind === "valid" ? reading.config.log : undefined;
  return log === undefined ? null : { gen: 1, log: log.key, recovery: log.recovery };
}
