/** A world left running for people to look around, until it is told to stop. */
import type { World } from "./world.ts";

/** What somebody needs to use the world: where everything is, and how to end it. */
export function keptLine(world: World): object {
  const { github, app, sites } = world;
  const tokens = Object.fromEntries(
    Object.values(github.people).map(({ login, token }) => [login, token]),
  );
  return {
    step: "kept",
    ok: true,
    github: {
      api: github.apiUrl,
      git: github.gitUrl,
      repo: `${github.owner}/${github.repo}`,
      tokens,
    },
    app: { url: app.url },
    sites: sites.map(({ id, url, user, password }) => ({ id, url, user, password })),
    stop: { pid: process.pid },
  };
}

export function describeKept(world: World): string {
  const { github, app, sites } = world;
  const people = Object.values(github.people).map(({ login, token }) => `  ${login}: ${token}`);
  return [
    "Left running:",
    `  GitHub   ${github.apiUrl} (API and git clone ${github.gitUrl})`,
    `  App      ${app.url}`,
    ...sites.map(
      ({ id, url, user, password }) => `  ${id}   ${url}/wp-admin/ (${user} / ${password})`,
    ),
    "Tokens on GitHub:",
    ...people,
    `Stop it with Ctrl-C or \`kill ${process.pid}\`.`,
  ].join("\n");
}

/** Resolves when the process is told to end. A second signal ends it at once. */
export function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}
