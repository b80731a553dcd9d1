/** A pure function that remembers its newest answers, so that memory stays bounded. */
export function remembered<Key, Value>(
  limit: number,
  make: (key: Key) => Value,
): (key: Key) => Value {
  const known = new Map<Key, { readonly value: Value }>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found.value;
    const value = make(key);
    known.set(key, { value });
    if (known.size > limit) forgetOldest(known);
    return value;
  };
}

function forgetOldest<Key>(known: Map<Key, unknown>): void {
  for (const oldest of known.keys()) {
    known.delete(oldest);
    return;
  }
}
