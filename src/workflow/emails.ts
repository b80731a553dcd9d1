/**
 * Which account an address belongs to, as far as GitHub told while a proposal was read: from the
 * commits that it attributes, from its own no-reply addresses, which name the account, and for
 * any other address of a co-author from the authors that it attributes the commit to.
 */
import { coAuthorAddresses } from "../domain/contributors.ts";
import type { Fleet } from "./fleet.ts";
import type { Commit } from "./forge-port.ts";
import { unread } from "./unread.ts";

const noReply = /^(?:(\d{1,16})\+)?([a-z0-9-]+(?:\[bot\])?)@users\.noreply\.github\.com$/u;

interface Person {
  readonly id: number;
  readonly login: string | null;
}

/**
 * Every address of the commits and their co-authors whose account is known. A private address is
 * known to GitHub alone, so that it is asked, for such commits only.
 * @returns `null` where GitHub could not be asked
 */
export async function readEmails(
  { forge }: Pick<Fleet, "forge">,
  commits: readonly Commit[],
  people: readonly Person[],
): Promise<Record<string, number> | null> {
  const known = attributed(commits);
  for (const { sha, message } of commits) {
    const addresses = coAuthorAddresses(message).map((address) => address.toLowerCase());
    for (const address of addresses) {
      const id = known.get(address) ?? namedAccount(address, people);
      if (id !== null) known.set(address, id);
    }
    if (addresses.every((address) => known.has(address))) continue;
    const authors = await unread(forge.authorsOf(sha));
    if (authors === null) return null;
    for (const { email, id } of authors) if (id !== null) known.set(email.toLowerCase(), id);
  }
  return Object.fromEntries(known);
}

function attributed(commits: readonly Commit[]): Map<string, number> {
  const people = commits.flatMap(({ author, committer }) => [author, committer]);
  return new Map(
    people.flatMap(({ id, email }) => (id === null ? [] : [[email.toLowerCase(), id] as const])),
  );
}

/** The old form names the login alone: it is looked for among the people of the decision. */
function namedAccount(address: string, people: readonly Person[]): number | null {
  const [, id, login] = noReply.exec(address) ?? [];
  if (id !== undefined) return Number(id);
  return people.find((one) => one.login?.toLowerCase() === login)?.id ?? null;
}
