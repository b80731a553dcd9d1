/**
 * What the token of an installation, or of a workflow's run, may ask for.
 * Source: docs.github.com/rest/authentication, "Permissions required for GitHub Apps".
 */
import type { Ctx } from "./router.ts";
import { pullNumbered, repoOf, type World } from "./world.ts";

/** Below the repository's own path: any one of these permissions is enough. The first rule holds. */
const table: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^\/(commits\/[^/]+\/check-runs|check-runs)/u, ["checks"]],
  [/^\/commits\/[^/]+\/pulls/u, ["pull_requests"]],
  [/^\/(git|contents|branches|commits|compare|activity)\b/u, ["contents"]],
  [/^\/issues(\/comments)?$/u, ["issues", "pull_requests"]],
  [/^\/(issues|labels)\b/u, ["issues", "pull_requests"]],
  [/^\/pulls\/\d+\/merge$/u, ["contents"]],
  [/^\/pulls\b/u, ["pull_requests"]],
  [/^\/deployments\b/u, ["deployments"]],
];

export function installGranted(world: World): void {
  world.router.use("/repos/:owner/:repo/:rest{.+}", async (c, next) => {
    const needed = neededFor(world, c);
    const granted = c.get("authUser")?.installation?.permissions;
    const isEnough =
      granted === undefined ||
      needed === null ||
      needed.names.some((name) => granted[name] === needed.level || granted[name] === "write");
    if (isEnough) return next();
    const accepted = needed.names.map((name) => `${name}=${needed.level}`).join("; ");
    c.header("x-accepted-github-permissions", accepted);
    return c.json({ message: "Resource not accessible by integration" }, 403);
  });
}

function neededFor(
  world: World,
  c: Ctx,
): { readonly names: readonly string[]; readonly level: "read" | "write" } | null {
  const path = c.req.path.replace(/^\/repos\/[^/]+\/[^/]+/u, "");
  const level = c.req.method === "GET" ? "read" : "write";
  const names = table.find(([form]) => form.test(path))?.[1];
  if (names === undefined) return null;
  const number = Number(/^\/issues\/(\d+)/u.exec(path)?.[1]);
  const isIssue = Number.isInteger(number)
    ? pullNumbered(world, repoOf(world, c), number) === undefined
    : path === "/issues" && level === "write";
  return { names: isIssue ? ["issues"] : names, level };
}
