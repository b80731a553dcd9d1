/**
 * What a workflow's `permissions:` have to say for every mode but `verify-audit`, which asks GitHub
 * for nothing: each run does all that is outstanding, whatever started it. Held equal to the
 * workflows of docs/examples by a test.
 */
export const PERMISSIONS: Readonly<Record<string, "read" | "write">> = {
  actions: "read",
  checks: "write",
  contents: "write",
  deployments: "write",
  issues: "write",
  "pull-requests": "write",
};

/**
 * GitHub's words are `issues=read; pull_requests=read`: any of them would have done for that one
 * request. Named is what the whole run needs.
 */
export function wordsOfMissing(accepted: string): string {
  const names = accepted
    .split(/;\s*/u)
    .map((one) => (one.split("=")[0] ?? "").replaceAll("_", "-"))
    .filter((name) => Object.hasOwn(PERMISSIONS, name));
  return names.length === 0
    ? "Its workflow lacks one of the `permissions:` that docs/getting-started.md lists."
    : `The \`permissions:\` of its workflow lack ${names.map((name) => `\`${name}: ${PERMISSIONS[name]}\``).join(" or ")}.`;
}
