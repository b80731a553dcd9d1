/** The first policy: taken from the default branch as it stands, once, while no site is paired. */
import { pathOfSite, roleOfPath, type Tree } from "../contract/control-repository.ts";
import { readFleetConfig } from "../contract/fleet-config.ts";
import { digestOfText } from "../signing/digest.ts";
import { siteFileOf } from "./control-files.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { firstHearing } from "./hearing.ts";

export type BootstrapState = "bootstrapped" | BootstrapProblem;
export type BootstrapProblem =
  | "no_branch"
  | "no_policy"
  | "policy_invalid"
  | "no_log_keys"
  | "other_seed"
  | "connectors_before_bootstrap";

/** Bootstraps where that is due and possible, and says what is in the way where it is not. */
export async function bootstrap(fleet: Fleet): Promise<BootstrapState> {
  if (fleet.log.history.bootstrapped !== null) return "bootstrapped";
  const { forge, repository, keys, clock, log } = fleet;
  const tip = await forge.branchTip(repository.defaultBranch);
  if (tip === null) return "no_branch";
  const tree = await forge.controlTree(tip);
  const text = tree.get("countersign.yml");
  if (typeof text !== "string") return "no_policy";
  const reading = readFleetConfig(text);
  if (reading.kind === "invalid") return "policy_invalid";
  const anchors = reading.config.log;
  if (anchors === undefined) return "no_log_keys";
  const signer = await keys.logSigner({ cp: `cp:${repository.id}`, gen: 1 });
  if (anchors.key !== signer.x) return "other_seed";
  if (hasConnector(tree)) return "connectors_before_bootstrap";
  const { key, recovery } = anchors;
  const [came] = await forge.activity(repository.defaultBranch, () => true);
  await log.append(({ bootstrapped }) =>
    bootstrapped !== null
      ? null
      : {
          entries: [
            {
              ...(came?.after === tip ? { activity: came.id } : {}),
              at: instantOf(clock.now()),
              by: came?.after === tip ? came.by : null,
              commit: tip,
              config: digestOfText(text),
              kind: "fleet.bootstrapped",
              log: key,
              recovery,
              repo: repository.id,
            },
            ...firstHearing(fleet, clock.now()),
          ],
        },
  );
  await log.flush();
  return "bootstrapped";
}

/** A site file that cannot be read may hold one: it counts as if it did. */
function hasConnector(tree: Tree): boolean {
  return [...tree.keys()].some((path) => {
    const role = roleOfPath(path);
    if (role.kind !== "site") return false;
    const file = siteFileOf(tree, role.site);
    return file === null ? tree.has(pathOfSite(role.site)) : file.connector !== undefined;
  });
}
