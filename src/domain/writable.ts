/** An object whose lists, maps and sets may be changed: for the one function that builds it. */
export type Writable<T> = { -readonly [K in keyof T]: Draft<T[K]> };

type Draft<T> = T extends readonly (infer I)[]
  ? I[]
  : T extends ReadonlyMap<infer K, infer V>
    ? Map<K, Draft<V>>
    : T extends ReadonlySet<infer I>
      ? Set<I>
      : T;

/** Adds to the list of a key. */
export function appendTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [value]);
  else known.push(value);
}
