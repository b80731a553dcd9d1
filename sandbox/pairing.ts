/**
 * Pairs every site by hand: an administrator pins the control plane's public keys at the site,
 * which makes its own key pair; its public half goes into the site file by a reviewed pull request.
 */
import { trustOf } from "../src/cli/pair-by-hand.ts";
import { Bytes32, SiteId } from "../src/contract/ids.ts";
import { siteText } from "./control-repository.ts";
import { readingTime, until } from "./until.ts";
import type { World } from "./world.ts";

export async function pairByHand(
  world: Pick<World, "github" | "sites" | "people" | "keys">,
): Promise<void> {
  const { sites, people } = world;
  const files: Record<string, string> = {};
  for (const site of sites) {
    const x = await pinTrust(world, site);
    const { id, url } = site;
    files[`sites/${id}.yml`] = siteText({ id, url, version: "1.0", connector: { since: 0, x } });
  }
  const pull = await people.propose("ada", {
    branch: "pair-sites",
    files,
    message: "Pair the sites",
    title: "Pair the sites",
  });
  await until("the pairing is planned", async () => (await people.checks(pull)).size === 3);
  await readingTime();
  for (const who of ["olivia", "sam"] as const) await people.approve(who, pull);
  await until("the pairing is approved", async () => {
    const checks = [...(await people.checks(pull)).values()];
    return checks.length === 3 && checks.every(({ conclusion }) => conclusion === "success");
  });
  const merged = await people.merge("ada", pull);
  if (merged.status !== 200) throw new Error(`The pairing could not be merged: ${merged.message}`);
  await until("the pairing is on record", async () => {
    const log = await people.file("tiles/000/000.jsonl", "countersign/audit");
    return sites.every(
      ({ id }) => log.includes(`"kind":"pairing"`) && log.includes(`"site":"${id}"`),
    );
  });
}

/** @returns the site's public key */
async function pinTrust(
  { github, keys }: Pick<World, "github" | "keys">,
  site: World["sites"][number],
): Promise<string> {
  const trust = await trustOf({
    seed: keys.seed,
    repo: github.repoId,
    site: SiteId.parse(site.id),
    home: site.url,
    log: Bytes32.parse(keys.logKey),
    recovery: Bytes32.parse(keys.recoveryKey),
  });
  const json = Buffer.from(JSON.stringify(trust)).toString("base64");
  const x = await site.runPhp(
    `echo \\Countersign\\Pairing_By_Hand::pin( json_decode( base64_decode( '${json}' ), true ) );`,
  );
  return Bytes32.parse(x.trim());
}
