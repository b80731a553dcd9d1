/** `countersign drift`: which sites run something else than the attested commit wants. */
import { recordedDrift } from "../domain/drift.ts";
import { entriesIn } from "./status.ts";

export interface FleetDrift {
  readonly sites: readonly {
    readonly site: string;
    readonly since: string;
    /** Digest of the signed inventory that showed it. */
    readonly inventory: string;
    readonly count: number;
    readonly unmanaged: number;
    readonly differences: readonly {
      readonly target: string;
      readonly live: string;
      readonly wanted: string;
    }[];
  }[];
}

/** @throws CountersignError `clone_unreadable` or `log_unreadable` */
export async function readDrift(folder: string): Promise<FleetDrift> {
  const found = recordedDrift(await entriesIn(folder));
  const sites = [...found.values()].map(({ site, at, inv, count, unmanaged, differences }) => {
    return { site, since: at, inventory: inv, count, unmanaged, differences };
  });
  return { sites: sites.toSorted((a, b) => (a.site < b.site ? -1 : 1)) };
}

export function describeDrift({ sites }: FleetDrift): string {
  if (sites.length === 0) return "No site is known to drift.";
  return sites
    .flatMap(({ site, since, count, differences }) => [
      `${site}: ${count} since ${since}`,
      ...differences.map(({ target, live, wanted }) => `  ${target}: ${live}, wanted ${wanted}`),
      ...(count > differences.length ? [`  and ${count - differences.length} more`] : []),
    ])
    .join("\n");
}
