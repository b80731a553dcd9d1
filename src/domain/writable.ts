/** An object whose lists, maps and sets may be changed: for the one function that builds it. */
export type Writable<T> = { -readonly [K in keyof T]: Draft<T[K]> };

type Draft<T> = T extends readonly (infer I)[]
  ? I[]
  : T extends ReadonlyMap<infer K, infer V>
    ? Map<K, Draft<V>>
    : T extends ReadonlySet<infer I>
      ? Set<I>
      : T;
