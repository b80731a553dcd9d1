/** `countersign drift`: which sites run something else than the attested commit wants. */
import { recordedDrift } from "../domain/drift.ts";
import { levelOf, readHistory } from "../domain/history.ts";
import { entriesIn } from "./status.ts";

export interface FleetDrift {
  readonly sites: readonly {
    readonly site: string;
    readonly since: string;
    /** A held site is restored or adopted all the same: neither sends anything that waits. */
    readonly level: string;
    /** Digest of the signed inventory that showed it. */
    readonly inventory: string;
    readonly count: number;
    readonly unmanaged: number;
    /** The first of what nobody desires there. */
    readonly others: readonly string[];
    readonly differences: readonly {
      readonly target: string;
      readonly live: string;
      readonly wanted: string;
    }[];
  }[];
}

/** @throws CountersignError `clone_unreadable` or `log_unreadable` */
export async function readDrift(folder: string): Promise<FleetDrift> {
  const entries = await entriesIn(folder);
  const history = readHistory(entries);
  const found = recordedDrift(entries);
  const sites = [...found.values()].map(
    ({ site, at, inv, count, unmanaged, others = [], differences }) => {
      const { level } = levelOf(history, site);
      return { site, since: at, level, inventory: inv, count, unmanaged, others, differences };
    },
  );
  return { sites: sites.toSorted((a, b) => (a.site < b.site ? -1 : 1)) };
}

/** Whether any site runs something else than is desired: what nobody desires is no difference. */
export const isDrifting = ({ sites }: FleetDrift): boolean => sites.some(({ count }) => count > 0);

export function describeDrift(fleet: FleetDrift): string {
  const lines = fleet.sites.flatMap(driftLines);
  return [...(isDrifting(fleet) ? [] : ["No site is known to drift."]), ...lines].join("\n");
}

function driftLines(drifted: FleetDrift["sites"][number]): string[] {
  const { site, since, level, count, unmanaged, others, differences } = drifted;
  const held = level === "normal" ? "" : `, at ${level.toUpperCase()}`;
  return [
    ...(count === 0 ? [] : [`${site}: ${count} since ${since}${held}`]),
    ...differences.map(({ target, live, wanted }) => `  ${target}: ${live}, wanted ${wanted}`),
    ...(count > differences.length ? [`  and ${count - differences.length} more`] : []),
    ...(unmanaged === 0 ? [] : [`${site}: ${unmanaged} not managed${named(others, unmanaged)}`]),
  ];
}

function named(others: readonly string[], unmanaged: number): string {
  if (others.length === 0) return "";
  return `: ${others.join(", ")}${unmanaged > others.length ? ", …" : ""}`;
}
