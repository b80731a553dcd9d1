/** A record's own value: `constructor` is a valid site id and must not find `Object.prototype`'s. */
export function ownValue<Value>(
  record: Readonly<Record<string, Value>>,
  key: string,
): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
