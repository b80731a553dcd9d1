/** Does a selector choose this site? Every word given has to hold, within a word any value. */
import type { SiteId } from "../contract/ids.ts";
import type { Labels, SiteSelector } from "../contract/selector.ts";

export interface SelectableSite {
  readonly site: SiteId;
  readonly tier: string;
  readonly labels: Labels;
}

/** Whether the selector chooses the site; a selector without words chooses every site. */
export function selectsSite(selector: SiteSelector, site: SelectableSite): boolean {
  const { tier, labels = {}, sites } = selector;
  if (tier !== undefined && !tier.includes(site.tier)) return false;
  if (sites !== undefined && !sites.includes(site.site)) return false;
  return Object.entries(labels).every(([name, values]) => {
    const value = Object.hasOwn(site.labels, name) ? site.labels[name] : undefined;
    return value !== undefined && values.includes(value);
  });
}
