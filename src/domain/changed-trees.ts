/**
 * Did files change under an unchanged version?
 *
 * What a site said first of a plugin or theme at one version is held against what it says later. A
 * version that changed is drift, and somebody else's question: here only the bytes are looked at.
 * A tree that could not be measured, then or now, tells nothing. docs/protocol.md, "Containment".
 */
import { Digest } from "../contract/ids.ts";
import type { Inventory } from "../contract/inventory.ts";

export interface KnownTree {
  /** `plugins/<folder or file>` or `themes/<folder>`, in the site's own words. */
  readonly target: string;
  readonly version: string;
  readonly tree: Digest;
}
export interface ChangedTree extends KnownTree {
  readonly was: Digest;
}
export interface ComparedTrees {
  readonly changed: readonly ChangedTree[];
  /** What the next inventory is held against: of what changed, still what it was. */
  readonly known: readonly KnownTree[];
}

/** What can be compared at all: a version and a measured tree. */
export function treesOf({ plugins, themes }: Inventory): KnownTree[] {
  const named = [
    ...plugins.map((item) => ({ ...item, target: `plugins/${item.slug}` })),
    ...themes.map((item) => ({ ...item, target: `themes/${item.slug}` })),
  ];
  return named.flatMap(({ target, version, tree }) => {
    const { data } = Digest.safeParse(tree);
    return version === null || data === undefined ? [] : [{ target, version, tree: data }];
  });
}

export function compareTrees(
  known: readonly KnownTree[],
  told: readonly KnownTree[],
): ComparedTrees {
  const before = new Map(known.map((one) => [one.target, one]));
  const changed: ChangedTree[] = [];
  const next = told.map((one): KnownTree => {
    const was = before.get(one.target);
    if (was === undefined || was.version !== one.version || was.tree === one.tree) return one;
    changed.push({ ...one, was: was.tree });
    return was;
  });
  const seen = new Set(told.map(({ target }) => target));
  // One that is not measurable now, or gone for a moment, is not forgotten by that.
  return { changed, known: [...next, ...known.filter(({ target }) => !seen.has(target))] };
}
