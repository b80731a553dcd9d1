/** What calls of the Forge cost GitHub in writes, as `src/github` makes them: reads cost none. */
import type { Forge } from "../../src/workflow/forge-port.ts";
import type { MemoryForge } from "./memory-forge.ts";

type Costs = Readonly<Record<string, (...given: never[]) => number>>;

/** Counts, by the name of the call, what changes something; batches of the audit log are not in it. */
export function countWrites(forge: MemoryForge): {
  readonly forge: Forge;
  readonly writes: Map<string, number>;
} {
  const writes = new Map<string, number>();
  const costs = costsOf(forge);
  const counting = new Proxy<Forge>(forge, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function" || typeof name !== "string") return value;
      return (...given: never[]): unknown => {
        const cost = costs[name]?.(...given) ?? 0;
        if (cost > 0) writes.set(name, (writes.get(name) ?? 0) + cost);
        return Reflect.apply(value, target, given) as unknown;
      };
    },
  });
  return { forge: counting, writes };
}

const once = (isKnown: boolean, cost = 1): number => (isKnown ? 0 : cost);

function costsOf(forge: MemoryForge): Costs {
  const { checks, shown, labels, issues, pulls, deployments } = forge;
  const costs = {
    showCheck: (...[head, check]: Parameters<Forge["showCheck"]>) =>
      once(JSON.stringify(checks.get(`${head} ${check.name}`)) === JSON.stringify(check)),
    showComment: (...[pull, text]: Parameters<Forge["showComment"]>) =>
      once(shown.get(pull)?.text === text),
    say: () => 1,
    requestReviewers: (...[, logins]: Parameters<Forge["requestReviewers"]>) =>
      once(logins.length === 0),
    setRiskLabel: (...[{ number }, label]: Parameters<Forge["setRiskLabel"]>) =>
      once(labels.get(number) === label),
    openIssue: (...[{ key }]: Parameters<Forge["openIssue"]>) =>
      once([...issues.values()].some((one) => one.open && one.key === key)),
    // A comment, and the state.
    closeIssue: (...[issue]: Parameters<Forge["closeIssue"]>) =>
      once(issues.get(issue)?.open !== true, 2),
    // A tree, a commit, a branch and the pull request.
    openPull: (...[{ branch }]: Parameters<Forge["openPull"]>) =>
      once(
        [...pulls.values()].some(({ headRef }) => headRef === branch),
        4,
      ),
    commitFiles: () => 3,
    openDeployment: (...[{ key }]: Parameters<Forge["openDeployment"]>) =>
      once(deployments.has(key)),
    setDeploymentState: (...[id, state]: Parameters<Forge["setDeploymentState"]>) =>
      once([...deployments.values()].find((one) => one.id === id)?.states.at(-1) === state),
  };
  return costs;
}
