/** How a person is written: the login of now, as code, so that nobody is notified. */
import { code } from "./markdown.ts";

export type Names = ReadonlyMap<number, string>;

export function personName(id: number | null, names: Names): string {
  if (id === null) return "a deleted account";
  const login = names.get(id);
  return login === undefined ? `account ${id}` : code(login);
}
