/** The Forge on GitHub: one repository through one installation. */
import type { BranchProtection } from "../domain/protection.ts";
import type {
  Account,
  BranchActivity,
  CommitAuthor,
  Forge,
  TeamMembers,
} from "../workflow/forge-port.ts";
import { readAuthors } from "./authors.ts";
import { appendAudit, auditFile, readAuditHead } from "./audit-branch.ts";
import { asked, type GitHubRepository, orNull } from "./client.ts";
import { Comparisons } from "./comparisons.ts";
import { ControlTrees } from "./control-tree.ts";
import {
  closeIssue,
  commitFiles,
  openDeployment,
  openIssue,
  openPull,
  readDeploymentState,
  say,
  setDeploymentState,
  stateText,
} from "./following.ts";
import {
  asPull,
  readActivity,
  readComments,
  readCommentsSince,
  readPull,
  readQueue,
  readRepository,
  readReviews,
  readTip,
} from "./reading.ts";
import { Kept } from "./kept.ts";
import { readOwners, readPerson, readTeam } from "./people.ts";
import { readProtection } from "./protection.ts";
import { Showing } from "./showing.ts";

/** How long teams and accounts are believed without asking again; a webhook ends it sooner. */
const keptMilliseconds = 120_000;
type Person = Account & { readonly suspended: boolean };

export function openForge(at: GitHubRepository): Forge {
  const { client, owner, repo } = at;
  const trees = new ControlTrees(at);
  const comparisons = new Comparisons(at, keptMilliseconds);
  const showing = new Showing(at);
  const deployments = new Map<number, string>();
  const teams = new Kept<TeamMembers>(keptMilliseconds, ({ state }) => state === "ok");
  const people = new Kept<Person | null>(keptMilliseconds, (person) => person !== null);
  // A list that does not know the head yet is asked for again.
  const pushes = new Kept<readonly BranchActivity[]>(keptMilliseconds, (list, key) =>
    list.some(({ after }) => key.startsWith(after)),
  );
  const protections = new Kept<BranchProtection>(keptMilliseconds, () => true);
  const authors = new Kept<readonly CommitAuthor[]>(keptMilliseconds, () => true);
  const owners = new Kept<readonly number[] | null>(keptMilliseconds, (ids) => ids !== null);
  return {
    repository: () => readRepository(at),
    branchTip: (branch) => readTip(at, branch),
    controlTree: (commit) => trees.of(commit),
    mergeBase: (one, other) => comparisons.mergeBase(one, other),
    pull: (number) => readPull(at, number),
    async openPulls() {
      const open = await asked(
        "list pull requests",
        client.paginate(client.rest.pulls.list, { owner, repo, state: "open", per_page: 100 }),
      );
      return open.map(asPull);
    },
    async pullsOf(commit) {
      const where = { owner, repo, commit_sha: commit };
      const { data } = await asked(
        `find the pull request of ${commit.slice(0, 7)}`,
        client.rest.repos.listPullRequestsAssociatedWithCommit(where),
      );
      return data.filter((pull) => pull.merged_at !== null).map((pull) => pull.number);
    },
    commitsBetween: (base, head) => comparisons.commits(base, head),
    authorsOf: (commit) => authors.get(commit, () => readAuthors(at, commit)),
    queueOf: (branch) => readQueue(at, branch),
    commentsOf: (issue) => readComments(at, issue),
    commentsSince: (since) => readCommentsSince(at, since),
    reviewsOf: (pull) => readReviews(at, pull),
    activity: (branch, isLast) => readActivity(at, branch, isLast),
    pushesTo: ({ head, headRef }) =>
      pushes.get(`${head} ${headRef}`, () => readActivity(at, headRef, () => false)),
    team: (org, slug) => teams.get(`${org}/${slug}`, () => readTeam(client, org, slug)),
    owners: () => owners.get("", () => readOwners(at)),
    person: (id) => people.get(String(id), () => readPerson(at, id)),
    protection: (branch) => protections.get(branch, () => readProtection(at, branch)),
    async permission(login) {
      const answer = await orNull(
        "read a permission",
        client.rest.repos.getCollaboratorPermissionLevel({ owner, repo, username: login }),
      );
      return answer?.data.role_name ?? null;
    },

    forgetPeople() {
      teams.clear();
      people.clear();
      owners.clear();
      comparisons.forget();
      protections.clear();
      pushes.clear();
      authors.clear();
    },

    showCheck: (head, check) => showing.check(head, check),
    showComment: (pull, markdown) => showing.comment(pull, markdown),
    say: (issue, markdown) => say(at, issue, markdown),
    requestReviewers: (pull, logins) => showing.reviewers(pull, logins),
    setRiskLabel: (pull, label) => showing.riskLabel(pull, label),
    openIssue: (issue) => openIssue(at, issue),
    closeIssue: (issue, markdown) => closeIssue(at, issue, markdown),
    openPull: (proposal) => openPull(at, proposal),
    commitFiles: (change) => commitFiles(at, change),
    openDeployment: (deployment) => openDeployment(at, deployment),
    async setDeploymentState(deployment, state, description) {
      const text = stateText(state, description);
      // After a restart GitHub is asked first: to read costs nothing of what it takes in writes.
      const known = deployments.get(deployment) ?? (await readDeploymentState(at, deployment));
      // GitHub itself retires a success once a newer deployment of its site succeeded.
      const isRetired = state === "success" && known?.startsWith("inactive ") === true;
      if (known !== text && !isRetired)
        await setDeploymentState(at, deployment, state, description);
      deployments.set(deployment, text);
    },

    auditHead: () => readAuditHead(at),
    auditFile: (commit, path) => auditFile(at, commit, path),
    appendAudit: (batch) => appendAudit(at, batch),
  };
}
