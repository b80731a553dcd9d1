/** Where the App is installed: what a database that was lost knew from webhooks. */
import type { FleetAddress } from "../workflow/store-port.ts";
import { asked, type GitHubClient } from "./client.ts";

/**
 * Every repository that the App can reach.
 * @param app a client that is logged in as the App itself
 * @param clientOf one that is logged in as an installation
 * @throws CountersignError `github_refused` or `github_unreachable`
 */
export async function listFleets(
  app: GitHubClient,
  clientOf: (installation: number) => Promise<GitHubClient>,
): Promise<readonly FleetAddress[]> {
  const installations = await asked(
    "list the App's installations",
    app.paginate(app.rest.apps.listInstallations, { per_page: 100 }),
  );
  const found: FleetAddress[] = [];
  for (const { id: installation, suspended_at: suspended } of installations) {
    if (suspended !== null) continue;
    const client = await clientOf(installation);
    const repositories = await asked(
      "list an installation's repositories",
      client.paginate(client.rest.apps.listReposAccessibleToInstallation, { per_page: 100 }),
    );
    for (const { id: repo, name, owner } of repositories) {
      found.push({ repo, installation, owner: owner.login, name });
    }
  }
  return found;
}
