/** What a plan needs of `countersign.yml`: that it is valid where it changes, and the names in it. */
import { FLEET_CONFIG_PATH, type FleetConfig, readFleetConfig } from "../contract/fleet-config.ts";
import type { Tree } from "../contract/control-repository.ts";
import { errorAt, type Finding, quote } from "../contract/finding.ts";
import type { YamlDocument, YamlPath } from "../contract/yaml-document.ts";
import { sameContent } from "./merge-trees.ts";

export interface ConfigSide {
  /** The configuration after; `null` where there is none that can be read. */
  readonly config: FleetConfig | null;
  /** Errors of a configuration that the proposal changes; others are the verdict's to report. */
  readonly findings: readonly Finding[];
  /** A tier that sites may still stand in is gone. */
  readonly losesTier: boolean;
}

/** Reads the configuration of the tree after. */
export function configSide(before: Tree, after: Tree): ConfigSide {
  const [old, now] = [before.get(FLEET_CONFIG_PATH), after.get(FLEET_CONFIG_PATH)];
  if (now === undefined) return { config: null, findings: removed(old), losesTier: false };
  const reading = readFleetConfig(now);
  const changed = !sameContent(old, now);
  if (reading.kind === "invalid") {
    return { config: null, findings: changed ? reading.findings : [], losesTier: false };
  }
  const { config } = reading;
  const previous = changed && old !== undefined ? readFleetConfig(old) : reading;
  const tiers = previous.kind === "valid" ? previous.config.tiers : [];
  const losesTier = tiers.some((tier) => !config.tiers.includes(tier));
  return { config, findings: [], losesTier };
}

function removed(old: unknown): Finding[] {
  if (old === undefined) return [];
  const where = {
    rule: "reference" as const,
    file: FLEET_CONFIG_PATH,
    place: { line: 1, column: 1 },
  };
  return [errorAt(where, "removed: without a policy everything is blocked")];
}

/** Errors for tiers that the configuration does not declare. */
export function unknownTiers(
  config: FleetConfig | null,
  document: YamlDocument,
  named: readonly { readonly tier: string; readonly path: YamlPath }[],
): Finding[] {
  if (config === null) return [];
  return named
    .filter(({ tier }) => !config.tiers.includes(tier))
    .map(({ tier, path }) => {
      const where = {
        rule: "reference" as const,
        file: document.file,
        place: document.placeOf(path),
      };
      return errorAt(where, `unknown tier ${quote(tier)}`, config.tiers.join(", "));
    });
}

/** The tiers that a selector under `when:` names. */
export function tiersNamedIn(when: { readonly tier?: readonly string[] }) {
  return (when.tier ?? []).map((tier) => ({ tier, path: ["when", "tier"] }));
}
