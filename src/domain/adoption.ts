/**
 * What of a site's inventory can become desired state?
 *
 * Everything that desired state can name at all: the rest stays unmanaged, and is counted. A file
 * that desires something already is left as it is; that is drift, and somebody else's question.
 */
import { CONNECTOR_SLUG } from "../contract/desired-state.ts";
import type { Inventory } from "../contract/inventory.ts";
import { Slug, Version } from "../contract/ids.ts";
import type { SiteFile } from "../contract/site-file.ts";

export type AdoptedSoftware = {
  readonly version: string;
  readonly state: "active" | "inactive";
};

export interface Adoption {
  readonly core: { readonly version: string } | null;
  readonly plugins: Readonly<Record<string, AdoptedSoftware>>;
  readonly themes: Readonly<Record<string, AdoptedSoftware>>;
  /** Names of what cannot be desired, such as a plugin without a version. */
  readonly left: readonly string[];
}

/** `null` where the file desires something already. */
export function adoptionOf(inventory: Inventory, { desired }: SiteFile): Adoption | null {
  const wanted = [desired.plugins, desired.themes, desired.options];
  const isSilent = wanted.every((part) => Object.keys(part).length === 0);
  if (!isSilent || desired.core !== undefined) return null;
  const plugins = inventory.plugins.filter(({ slug }) => slug !== CONNECTOR_SLUG);
  const version = Version.safeParse(inventory.core.version).data;
  return {
    core: version === undefined ? null : { version },
    plugins: named(plugins),
    themes: named(inventory.themes),
    left: [...plugins, ...inventory.themes].flatMap((item) =>
      softwareOf(item) === null ? item.slug : [],
    ),
  };
}

type Item = Inventory["themes"][number] & { readonly file?: string };

function named(items: readonly Item[]): Record<string, AdoptedSoftware> {
  const entries = items.flatMap((item) => {
    const software = softwareOf(item);
    return software === null ? [] : [[item.slug, software] as const];
  });
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** A plugin of one file has no folder that could be exchanged. */
function softwareOf({ slug, version, state, file = "/" }: Item): AdoptedSoftware | null {
  const known = Version.safeParse(version).data;
  const isNamed = Slug.safeParse(slug).success && file.includes("/");
  if (known === undefined || !isNamed) return null;
  return state === "active" || state === "inactive" ? { version: known, state } : null;
}
