/** The text of a lock file: one field a line, in the schema's order, so that a diff is readable. */
import { stringify } from "yaml";
import { PackageLock } from "./package-lock.ts";

/** Reading it again gives the same lock. */
export function lockText(lock: PackageLock): string {
  const fields = Object.keys(PackageLock.shape).map((name) => [name, Reflect.get(lock, name)]);
  const said = fields.filter(([, value]) => value !== undefined && !isEmptyList(value));
  return stringify(Object.fromEntries(said), { lineWidth: 0 });
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
