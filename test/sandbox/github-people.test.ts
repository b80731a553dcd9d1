import { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SandboxGitHub, startGitHub } from "../../sandbox/github/start.ts";
import {
  files,
  fleet,
  installation,
  jwt,
  openPull,
  person,
  quiet,
  refusal,
} from "./github-world.ts";

const file = { path: "sites/shop.yml", text: "changed\n" };
let github: SandboxGitHub;
let [agent, olivia, ada, app]: Octokit[] = [];

beforeAll(async () => {
  github = await startGitHub({ files });
  [agent, olivia, ada] = (["update-agent", "olivia", "ada"] as const).map((login) =>
    person(github, login),
  );
  app = await installation(github);
});
afterAll(() => github.close());

const lastEvent = (event: string) => github.deliveries.findLast((one) => one.event === event)!;

describe("access", () => {
  it("starts with one private repository, one commit, and the people in their teams", async () => {
    const { data: repo } = await app!.rest.repos.get(fleet);
    expect(repo).toMatchObject({ id: github.repoId, private: true, default_branch: "main" });
    const { data: commits } = await app!.rest.repos.listCommits(fleet);
    expect(commits.map(({ author }) => author?.login)).toEqual(["ada"]);
    const { data: tree } = await app!.rest.git.getTree({
      ...fleet,
      tree_sha: "main",
      recursive: "1",
    });
    const paths = tree.tree.filter(({ type }) => type === "blob").map(({ path }) => path);
    expect(paths).toEqual(Object.keys(files));
    const { data: teams } = await app!.rest.teams.list({ org: "acme" });
    expect(teams.map(({ slug }) => slug)).toEqual(["ops", "security"]);
    const { data: owners } = await app!.rest.orgs.listMembers({ org: "acme", role: "admin" });
    expect(owners.map(({ login }) => login)).toEqual(["ada"]);
  });

  it("refuses unknown tokens and forged App tokens, and hides from strangers", async () => {
    for (const auth of ["ghp_unknown", `${jwt(github).slice(0, -8)}AAAAAAAA`]) {
      const stranger = new Octokit({ auth, baseUrl: github.apiUrl, log: quiet });
      expect((await refusal(stranger.rest.repos.get(fleet))).status).toBe(401);
    }
    const anonymous = new Octokit({ baseUrl: github.apiUrl, log: quiet });
    expect((await refusal(anonymous.rest.repos.get(fleet))).status).toBe(404);
  });

  it("knows accounts by number and what each may do", async () => {
    const { id } = github.people.sam;
    expect((await app!.request("GET /user/{account_id}", { account_id: id })).data).toMatchObject({
      login: "sam",
      type: "User",
    });
    expect((await app!.rest.users.getByUsername({ username: "countersign[bot]" })).data.type).toBe(
      "Bot",
    );
    const permissions = ["ada", "olivia", "mallory", "update-agent"].map(async (username) => {
      const { data } = await app!.rest.repos.getCollaboratorPermissionLevel({ ...fleet, username });
      return data.permission;
    });
    expect(await Promise.all(permissions)).toEqual(["admin", "write", "write", "write"]);
  });

  it("shows the protection of the default branch, which only an owner changes", async () => {
    const where = { ...fleet, branch: "main" };
    const { data } = await ada!.rest.repos.getBranchProtection(where);
    // The App does not ask for `administration`.
    expect((await refusal(app!.rest.repos.getBranchProtection(where))).status).toBe(403);
    expect(data.required_status_checks?.contexts).toEqual([
      "countersign/policy",
      "countersign/rollback",
      "countersign/approvals",
    ]);
    expect((await refusal(olivia!.rest.repos.deleteBranchProtection(where))).status).toBe(404);
    const admin = { ...fleet, username: "mallory", permission: "admin" } as const;
    const grab = person(github, "mallory").rest.repos.addCollaborator(admin);
    expect((await refusal(grab)).status).toBe(404);
    const binding = { ...where, enforce_admins: true, restrictions: null };
    const none = { required_status_checks: null, required_pull_request_reviews: null };
    await ada!.rest.repos.updateBranchProtection({ ...binding, ...none });
    await ada!.rest.repos.deleteBranchProtection(where);
    await github.settled();
    const told = github.deliveries.filter(({ event }) => event === "branch_protection_rule");
    expect(told.map(({ action }) => action)).toEqual(["edited", "deleted"]);
    expect(told[0]?.payload["sender"]).toMatchObject({ login: "ada" });
  });

  it("answers with a Date, which the App keeps", async () => {
    const { headers } = await app!.rest.repos.get(fleet);
    expect(Math.abs(Date.parse(headers.date!) - Date.now())).toBeLessThan(5000);
  });

  it("leaves an installation without `members: read` blind to teams", async () => {
    const blind = await startGitHub({ files, permissions: { contents: "read", metadata: "read" } });
    const client = await installation(blind);
    const read = client.rest.teams.listMembersInOrg({ org: "acme", team_slug: "ops" });
    expect((await refusal(read)).status).toBe(403);
    await blind.close();
  });
});

it("lists what the installation may see", async () => {
  const { data } = await app!.rest.apps.listReposAccessibleToInstallation();
  expect(data.repositories.map(({ id }) => id)).toEqual([github.repoId]);
});

describe("teams", () => {
  const ops = { org: "acme", team_slug: "ops" };
  const members = async () =>
    (await app!.rest.teams.listMembersInOrg(ops)).data.map(({ login }) => login);

  it("change by an owner alone, with an event", async () => {
    const mallory = { ...ops, username: "mallory" };
    const add = olivia!.rest.teams.addOrUpdateMembershipForUserInOrg(mallory);
    expect((await refusal(add)).status).toBe(403);
    await ada!.rest.teams.addOrUpdateMembershipForUserInOrg(mallory);
    expect(await members()).toEqual(["olivia", "omar", "mallory"]);
    await github.settled();
    expect(lastEvent("membership").payload).toMatchObject({
      action: "added",
      scope: "team",
      member: { login: "mallory", id: github.people.mallory.id },
      team: { slug: "ops" },
      organization: { login: "acme" },
    });
    await ada!.rest.teams.removeMembershipForUserInOrg(mallory);
    expect(await members()).toEqual(["olivia", "omar"]);
    await github.settled();
    expect(lastEvent("membership").action).toBe("removed");
  });

  it("tell when their reach or their name changes, which an owner alone may do", async () => {
    const reach = { ...ops, ...fleet };
    const grab = olivia!.rest.teams.addOrUpdateRepoPermissionsInOrg({
      ...reach,
      permission: "admin",
    });
    expect((await refusal(grab)).status).toBe(403);
    await ada!.rest.teams.removeRepoInOrg(reach);
    const where = { ...fleet, username: "olivia" };
    const { data } = await app!.rest.repos.getCollaboratorPermissionLevel(where);
    expect(data.permission).toBe("read");
    await ada!.rest.teams.addOrUpdateRepoPermissionsInOrg(reach);
    await github.settled();
    const told = github.deliveries.filter(({ event }) => event === "team");
    expect(told.map(({ action }) => action)).toEqual([
      "removed_from_repository",
      "added_to_repository",
    ]);
    expect(told[0]?.payload["team"]).toMatchObject({ slug: "ops" });
  });

  it("lose whoever leaves the organisation, who then sees nothing", async () => {
    await ada!.rest.orgs.removeMember({ org: "acme", username: "omar" });
    expect(await members()).toEqual(["olivia"]);
    expect((await refusal(person(github, "omar").rest.repos.get(fleet))).status).toBe(404);
    await github.settled();
    expect(lastEvent("organization").action).toBe("member_removed");
  });
});

describe("reviews", () => {
  it("tell who, which commit and when; one's own is refused", async () => {
    const pull = await openPull(agent!, "review", file);
    const where = { ...fleet, pull_number: pull.number };
    const own = agent!.rest.pulls.createReview({ ...where, event: "APPROVE" });
    expect((await refusal(own)).status).toBe(422);
    await olivia!.rest.pulls.createReview({ ...where, event: "APPROVE" });
    const { data } = await app!.rest.pulls.listReviews(where);
    expect(data).toMatchObject([
      {
        state: "APPROVED",
        commit_id: pull.head.sha,
        submitted_at: expect.stringMatching(/Z$/),
        user: { id: github.people.olivia.id, type: "User" },
      },
    ]);
    await github.settled();
    expect(lastEvent("pull_request_review").payload).toMatchObject({
      action: "submitted",
      review: { state: "approved", user: { login: "olivia" } },
    });
  });

  it("are dismissed with an entry in the timeline that names who and which", async () => {
    const { number } = await openPull(agent!, "dismiss", file);
    const where = { ...fleet, pull_number: number };
    const objection = { ...where, event: "REQUEST_CHANGES", body: "no" } as const;
    const { data: review } = await olivia!.rest.pulls.createReview(objection);
    const sam = person(github, "sam");
    await sam.rest.pulls.dismissReview({ ...where, review_id: review.id, message: "stale" });
    const { data: reviews } = await app!.rest.pulls.listReviews(where);
    expect(reviews).toMatchObject([{ id: review.id, state: "DISMISSED", body: "no" }]);
    const { data: timeline } = await app!.rest.issues.listEventsForTimeline({
      ...fleet,
      issue_number: number,
    });
    expect(timeline.find(({ event }) => event === "review_dismissed")).toMatchObject({
      actor: { id: github.people.sam.id },
      dismissed_review: { review_id: review.id, state: "changes_requested" },
    });
    await github.settled();
    expect(lastEvent("pull_request_review")).toMatchObject({ action: "dismissed" });
  });
});

describe("comments and labels", () => {
  it("show what the App wrote as the App's, and edits with what was there before", async () => {
    const { number: issue_number } = await openPull(agent!, "comment", file);
    const { data } = await app!.rest.issues.createComment({ ...fleet, issue_number, body: "plan" });
    expect(data).toMatchObject({
      user: { login: "countersign[bot]", type: "Bot" },
      performed_via_github_app: { id: github.appId, slug: "countersign" },
    });
    const created = await olivia!.rest.issues.createComment({
      ...fleet,
      issue_number,
      body: "/countersign help",
    });
    expect(created.data.performed_via_github_app).toBeNull();
    await olivia!.rest.issues.updateComment({
      ...fleet,
      comment_id: created.data.id,
      body: "/countersign panic",
    });
    await github.settled();
    expect(lastEvent("issue_comment").payload).toMatchObject({
      action: "edited",
      changes: { body: { from: "/countersign help" } },
      issue: { number: issue_number, pull_request: { url: expect.stringContaining("/pulls/") } },
      sender: { login: "olivia" },
    });
  });

  it("label a pull request as a pull request", async () => {
    const { number: issue_number } = await openPull(agent!, "label", file);
    await app!.rest.issues.addLabels({ ...fleet, issue_number, labels: ["risk: high"] });
    const { data } = await app!.rest.issues.get({ ...fleet, issue_number });
    expect(data.labels).toMatchObject([{ name: "risk: high" }]);
    expect(data.pull_request).toBeDefined();
    await github.settled();
    expect(github.deliveries.at(-1)).toMatchObject({ event: "pull_request", action: "labeled" });
  });
});
