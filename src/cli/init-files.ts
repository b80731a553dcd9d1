/**
 * The files of a control repository that only workflows look after. The workflows are those of
 * docs/examples/workflows, so that what people read there is what `init` writes.
 */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import type { NewKeys } from "./init.ts";

export interface Member {
  readonly login: string;
  readonly id: number;
}

export interface FleetFacts {
  readonly operators: readonly Member[];
  readonly security: readonly Member[];
  readonly keys: Pick<NewKeys, "logKey" | "recoveryKey">;
  readonly guard: ActionGuard;
}

/** What `action:` in countersign.yml says. */
export interface ActionGuard {
  readonly ruleset: number;
  readonly lookedAt: string;
}

/** Of GitHub's places for it the one that one line guards, together with the workflows. */
export const codeOwnersPath = ".github/CODEOWNERS";

export function policyText({ operators, security, keys, guard }: FleetFacts): string {
  const users = (people: readonly Member[]) => ({
    users: people.map(({ login, id }) => ({ login, id })),
  });
  const policy = {
    version: 1,
    log: { key: keys.logKey, recovery: keys.recoveryKey },
    // A run cannot read an organisation's teams: people hold their roles by their numeric ids.
    roles: { operators: users(operators), security: users(security) },
    rights: {
      "change-policy": { role: "security", count: 1 },
      pair: { role: "security", count: 1 },
      override: { role: "security" },
      release: { role: "security" },
      retry: { role: "operators" },
      rollback: { role: "operators" },
      hold: "any-role",
      panic: "any-role",
    },
    gates: [{ name: "any change needs an operator", require: [{ role: "operators", count: 1 }] }],
    action: guard,
  };
  return `# Every key: docs/policy.md of Countersign.\n${stringify(policy)}`;
}

export function codeOwnersText(security: readonly Member[]): string {
  const owners = security.map(({ login }) => `@${login}`).join(" ");
  return `# The last line decides: workflows, and this file, belong to whoever may change the policy.
/.github/ ${owners}
`;
}

const examples = path.resolve(import.meta.dirname, "../../docs/examples/workflows");
const written = { branch: "[main]", uses: "countersign/countersign@v0" };

/** By path in the repository. */
export async function workflowFiles(given: {
  readonly branch: string;
  readonly uses: string;
}): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(examples)).toSorted();
  const files = new Map<string, string>();
  for (const name of names) {
    const text = await readFile(path.join(examples, name), "utf8");
    files.set(
      `.github/workflows/${name}`,
      text
        .replace(written.branch, `[${JSON.stringify(given.branch)}]`.replaceAll('"main"', "main"))
        .replace(written.uses, given.uses),
    );
  }
  return files;
}
