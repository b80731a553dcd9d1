/** Which webhook leaves which job behind: what is not listed here leaves none. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { countersign } from "../../src/app.ts";
import { openInbox } from "../../src/server/inbox.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import type { Queue } from "../../src/workflow/queue-port.ts";
import type { Store } from "../../src/workflow/store-port.ts";

let store: Store;
let queue: Queue;
const clock = { now: () => 1_764_000_000 };
beforeEach(async () => {
  ({ store, queue } = await openSqlite(":memory:", clock));
});
afterEach(() => store.close());

const head = "a".repeat(40);
const common = {
  installation: { id: 5 },
  organization: { login: "ACME" },
  repository: { id: 1, name: "fleet", owner: { login: "acme" }, default_branch: "main" },
  pull_request: { number: 7, merged: false },
  check_run: { head_sha: head },
  issue: { number: 7 },
};

/** What the App does with an event, and the jobs that wait afterwards. */
async function jobsOf(event: string, payload: object = {}): Promise<string[]> {
  const heard = new Map<string, (context: { payload: object }) => unknown>();
  const app = {
    on(names: string | string[], handler: (context: { payload: object }) => unknown) {
      for (const name of [names].flat()) heard.set(name, handler);
    },
  };
  countersign(openInbox({ store, clock, wake: () => undefined }))(app as never);
  const handler = heard.get(event) ?? heard.get(event.split(".")[0] ?? "");
  await handler?.({ payload: { ...common, ...payload } });
  const found: string[] = [];
  for (let job = await queue.claim(); job !== null; job = await queue.claim()) {
    found.push(`${job.kind} ${job.key}`.trim());
  }
  return found;
}

describe("an event", () => {
  it.each<[string, object, string[]]>([
    ["push", { ref: "refs/heads/main" }, ["sweep"]],
    ["push", { ref: "refs/heads/topic" }, []],
    ["pull_request.opened", {}, ["review 7"]],
    ["pull_request.reopened", {}, ["review 7"]],
    ["pull_request.synchronize", {}, ["review 7"]],
    ["pull_request.converted_to_draft", {}, ["review 7"]],
    ["pull_request.ready_for_review", {}, ["review 7"]],
    ["pull_request.edited", { changes: { base: { ref: { from: "x" } } } }, ["review 7"]],
    ["pull_request.edited", { changes: { title: { from: "x" } } }, []],
    ["pull_request.labeled", {}, []],
    ["pull_request.closed", {}, ["review 7"]],
    ["pull_request.closed", { pull_request: { number: 7, merged: true } }, ["settle"]],
    ["pull_request_review.submitted", {}, ["review 7"]],
    ["pull_request_review.edited", {}, ["review 7"]],
    ["pull_request_review.dismissed", {}, ["review 7"]],
    ["check_run.rerequested", {}, [`review ${head}`]],
    ["issue_comment.created", { comment: { id: 9, body: "/countersign plan" } }, ["command 7 9"]],
    ["issue_comment.created", { comment: { id: 9, body: "Looks good." } }, []],
    [
      "merge_group.checks_requested",
      { merge_group: { head_sha: head, base_ref: "refs/heads/main" } },
      [`queue ${head}`],
    ],
    [
      "merge_group.checks_requested",
      { merge_group: { head_sha: head, base_ref: "refs/heads/release" } },
      [],
    ],
    ["star.created", {}, []],
  ])("%s %j leaves %j", async (event, payload, jobs) => {
    expect(await jobsOf(event, payload)).toEqual(jobs);
  });
  it.each([
    "membership.added",
    "membership.removed",
    "organization.member_added",
    "organization.member_removed",
    "team.added_to_repository",
    "team.deleted",
    "team.edited",
    "team.removed_from_repository",
  ])("%s of the owner, in any case, has every fleet of theirs looked at", async (event) => {
    await store.keepFleet({ repo: 1, installation: 5, owner: "acme", name: "fleet" });
    await store.keepFleet({ repo: 2, installation: 6, owner: "other", name: "fleet" });
    expect(await jobsOf(event)).toEqual(["sweep"]);
  });
  it("delivered twice is one job", async () => {
    const inbox = openInbox({ store, clock, wake: () => undefined });
    await inbox.proposed(common, 7);
    expect(await jobsOf("pull_request.synchronize")).toEqual(["review 7"]);
  });
});
