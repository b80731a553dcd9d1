/** What a run tells people stands on the audit branch first, and what it proposes it reviews itself. */
import { beforeEach, expect, it } from "vitest";
import { reviewingOwn } from "../../action/open.ts";
import { CountersignError } from "../../src/errors.ts";
import type { Forge } from "../../src/workflow/forge-port.ts";

let done: string[];
let overtaken: boolean;
beforeEach(() => {
  done = [];
  overtaken = false;
});
const github = {
  openIssue: async () => done.push("issue"),
  openPull: async () => done.push("pull"),
} as unknown as Forge;
const own = reviewingOwn(github, {
  repo: 4711,
  now: () => 100,
  log: {
    flush: async () => {
      if (overtaken) throw new CountersignError("log_mismatch", "Others were first.", { hint: "" });
      done.push("on the branch");
    },
  },
  store: {
    enqueue: async (repo, job) => {
      done.push(`${job.kind} #${job.key} of ${repo} at ${job.runAt}`);
    },
  },
});
const openIssue = () => own.openIssue({} as Parameters<Forge["openIssue"]>[0]);
const openPull = () => own.openPull({} as Parameters<Forge["openPull"]>[0]);

it("is on the branch before an incident is opened", async () => {
  await openIssue();
  expect(done).toEqual(["on the branch", "issue"]);
});
it("is on the branch before a proposal is opened, which is reviewed next", async () => {
  await openPull();
  expect(done).toEqual(["on the branch", "pull", "review #2 of 4711 at 100"]);
});
it("is told to nobody by a run that was overtaken", async () => {
  overtaken = true;
  await expect(openIssue()).rejects.toMatchObject({ code: "log_mismatch" });
  await expect(openPull()).rejects.toMatchObject({ code: "log_mismatch" });
  expect(done).toEqual([]);
});
