/** Holds app.yml to the code: the events that it listens to, and the permissions that its calls need. */
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { countersign } from "../src/app.ts";
import type { Inbox } from "../src/server/inbox.ts";
import { appPermissions } from "../sandbox/github/seed.ts";

const root = resolve(import.meta.dirname, "..");
const manifest: {
  default_permissions: Record<string, string>;
  default_events: string[];
} = parse(readFileSync(`${root}/app.yml`, "utf8"));

/** Webhooks that GitHub sends to every App, whatever its manifest says. */
const always = new Set(["installation", "installation_repositories"]);

function heardEvents(): Set<string> {
  const heard = new Set<string>();
  const app = {
    on(names: string | string[]) {
      for (const name of [names].flat()) heard.add(name.split(".")[0] ?? "");
    },
  };
  countersign({} as Inbox)(app as never);
  return heard;
}

/** What each call needs, by GitHub's documentation of its REST endpoint. */
const needs: Readonly<Record<string, string>> = {
  // Asked by the App as itself, and not by an installation: it needs none, and every one has this.
  "apps.listInstallations": "metadata: read",
  "apps.listReposAccessibleToInstallation": "metadata: read",
  "checks.create": "checks: write",
  "checks.listForRef": "checks: read",
  "checks.update": "checks: write",
  "git.createCommit": "contents: write",
  "git.createRef": "contents: write",
  "git.createTree": "contents: write",
  "git.getBlob": "contents: read",
  "git.getCommit": "contents: read",
  "git.getRef": "contents: read",
  "git.getTree": "contents: read",
  "git.listMatchingRefs": "contents: read",
  "git.updateRef": "contents: write",
  "issues.addLabels": "issues: write",
  "issues.create": "issues: write",
  "issues.createComment": "issues: write",
  "issues.get": "issues: read",
  "issues.getComment": "issues: read",
  "issues.listComments": "issues: read",
  "issues.listCommentsForRepo": "issues: read",
  "issues.listEventsForTimeline": "issues: read",
  "issues.listForRepo": "issues: read",
  "issues.removeLabel": "issues: write",
  "issues.update": "issues: write",
  "issues.updateComment": "issues: write",
  "orgs.listMembers": "members: read",
  "pulls.create": "pull_requests: write",
  "pulls.get": "pull_requests: read",
  "pulls.list": "pull_requests: read",
  "pulls.listReviews": "pull_requests: read",
  "pulls.requestReviewers": "pull_requests: write",
  "repos.compareCommitsWithBasehead": "contents: read",
  "repos.createDeployment": "deployments: write",
  "repos.createDeploymentStatus": "deployments: write",
  "repos.get": "metadata: read",
  "repos.getBranch": "contents: read",
  "repos.getBranchRules": "metadata: read",
  "repos.getCollaboratorPermissionLevel": "metadata: read",
  "repos.getContent": "contents: read",
  "repos.listActivities": "contents: read",
  "repos.listCommits": "contents: read",
  "repos.listDeploymentStatuses": "deployments: read",
  "repos.listDeployments": "deployments: read",
  "repos.listPullRequestsAssociatedWithCommit": "pull_requests: read",
  "teams.listMembersInOrg": "members: read",
  "users.getById": "metadata: read",
};

/** What GitHub asks for before it tells an App of these events. */
const eventNeeds: Readonly<Record<string, string>> = {
  membership: "members: read",
  merge_group: "merge_queues: read",
  organization: "members: read",
  team: "members: read",
};

/** Asked with another token than the App's: a person's at a command line, a run's of the Action. */
const byOthers = /^cli\/|^github\/run-protection\.ts$/u;

function usedCalls(): Set<string> {
  const files = readdirSync(`${root}/src`, { recursive: true, encoding: "utf8" });
  const texts = files
    .filter((file) => file.endsWith(".ts") && !byOthers.test(file))
    .map((file) => readFileSync(`${root}/src/${file}`, "utf8"));
  const calls = texts.flatMap((text) => [...text.matchAll(/\brest\s*\.(\w+)\s*\.(\w+)/gu)]);
  return new Set(calls.map(([, group, method]) => `${group}.${method}`));
}

function neededPermissions(): Record<string, string> {
  const needed: Record<string, string> = { metadata: "read" };
  const calls = [...usedCalls()].map((call) => needs[call] ?? `${call}: unknown`);
  const events = [...heardEvents()].flatMap((event) => eventNeeds[event] ?? []);
  for (const need of [...calls, ...events]) {
    const [name = "", level = ""] = need.split(": ");
    if (needed[name] !== "write") needed[name] = level;
  }
  return needed;
}

describe("app.yml", () => {
  it("asks for exactly the events that the App listens to", () => {
    const heard = [...heardEvents()].filter((name) => !always.has(name));
    expect(manifest.default_events.toSorted()).toEqual(heard.toSorted());
  });
  it("asks for exactly the permissions that the App's calls need", () => {
    expect(usedCalls().size).toBeGreaterThan(30);
    expect(manifest.default_permissions).toEqual(neededPermissions());
  });
  it("is what the sandbox's installation may do, so that the demo proves it is enough", () => {
    expect(appPermissions).toEqual(manifest.default_permissions);
  });
});
