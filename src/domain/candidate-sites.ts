/** Which sites a proposal may touch: only these are read, so cost follows what is touched. */
import { compareText } from "../contract/finding.ts";
import type { SiteId } from "../contract/ids.ts";
import type { SiteSelector } from "../contract/selector.ts";
import type { ChangedFile } from "./tree-difference.ts";

export interface CandidateInput {
  readonly changed: readonly ChangedFile[];
  /** Selectors of changed baselines, on both sides, and of added operations. */
  readonly selectors: readonly SiteSelector[];
  /** All sites of the tree after. */
  readonly sites: readonly SiteId[];
}

/** The sites whose own file changed or whom a selector may choose, sorted. */
export function candidateSites({ changed, selectors, sites }: CandidateInput): SiteId[] {
  const ids = new Set<SiteId>();
  for (const { role } of changed) if (role.kind === "site") ids.add(role.site);
  if (selectors.length > 0) {
    const named = new Set(selectors.flatMap((selector) => selector.sites ?? sites));
    for (const site of sites) if (named.has(site)) ids.add(site);
  }
  return [...ids].sort(compareText);
}
