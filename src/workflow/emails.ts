/**
 * Which account an address belongs to, as far as GitHub told while a proposal was read: from the
 * commits that it attributes, and from its own no-reply addresses, which name the account.
 */
import { coAuthorAddresses } from "../domain/contributors.ts";
import type { Commit } from "./forge-port.ts";

const noReply = /^(?:(\d{1,16})\+)?([a-z0-9-]+(?:\[bot\])?)@users\.noreply\.github\.com$/u;

/** Every address of the proposal's commits and co-authors whose account is known. */
export function emailsOf(
  commits: readonly Commit[],
  people: readonly { readonly id: number; readonly login: string | null }[],
): Record<string, number> {
  const attributed = commits.flatMap(({ author, committer }) => [author, committer]);
  const known = new Map(
    attributed.flatMap(({ id, email }) =>
      id === null ? [] : [[email.toLowerCase(), id] as const],
    ),
  );
  for (const address of commits.flatMap(({ message }) => coAuthorAddresses(message))) {
    const lower = address.toLowerCase();
    const id = known.get(lower) ?? namedAccount(lower, people);
    if (id !== null) known.set(lower, id);
  }
  return Object.fromEntries(known);
}

/** The old form names the login alone: it is looked for among the people of the decision. */
function namedAccount(
  address: string,
  people: readonly { readonly id: number; readonly login: string | null }[],
): number | null {
  const [, id, login] = noReply.exec(address) ?? [];
  if (id !== undefined) return Number(id);
  return people.find((one) => one.login?.toLowerCase() === login)?.id ?? null;
}
