/** Package locks on the sandbox's GitHub, with the real App: the check against the source, and pin. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { lockPath, lockText, siteText } from "../../sandbox/control-repository.ts";
import type { PersonName } from "../../sandbox/github/seed.ts";
import type { CheckRun } from "../../sandbox/people.ts";
import { readingTime, until } from "../../sandbox/until.ts";
import { type App, startApp } from "../support/app.ts";

const plugin = "hello-countersign";
const url = "http://127.0.0.1:9";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterEach(() => app.packages.heal());
afterAll(() => app.close());

let made = 0;
function propose(version: string, files: Readonly<Record<string, string>> = {}): Promise<number> {
  made += 1;
  return app.people.propose("update-agent", {
    branch: `change-${made}`,
    files: { "sites/shop.yml": siteText({ id: "shop", url, version }), ...files },
    message: `Update to ${version}`,
    title: `Update to ${version}`,
  });
}

function policyCheck(pull: number, holds: (check: CheckRun) => boolean): Promise<CheckRun> {
  return until(
    `the policy check of #${pull}`,
    async () => {
      const check = (await app.people.checks(pull)).get("countersign/policy");
      if (check === undefined || holds(check)) return check;
      throw new Error(`${check.conclusion}: ${check.title}: ${check.summary}`);
    },
    20,
  );
}

async function say(who: PersonName, issue: number, body: string): Promise<number> {
  const said = await app.people.ask<{ id: number }>(who, "POST", `/issues/${issue}/comments`, {
    body,
  });
  return said.id;
}

const answersTo = async (issue: number, comment: number): Promise<string[]> =>
  (await app.people.comments(issue)).filter((body) =>
    body.startsWith(`<!-- countersign:answer ${comment} -->`),
  );
const answerTo = (issue: number, comment: number) =>
  until("the answer", async () => (await answersTo(issue, comment))[0]);

describe("/countersign pin", () => {
  it("commits the missing locks as the App, and the policy has no objection to them", async () => {
    const pull = await propose("1.1");
    const red = await policyCheck(pull, ({ conclusion }) => conclusion === "failure");
    expect(red.summary).toContain("countersign pin plugins/hello-countersign@1.1");
    const before = await app.people.head(pull);
    const answer = await answerTo(pull, await say("update-agent", pull, "/countersign pin"));
    expect(answer).toContain(`plugins/${plugin}@1.1`);
    const after = await app.people.head(pull);
    const commit = await app.people.ask<{ author: { login: string }; parents: { sha: string }[] }>(
      "ada",
      "GET",
      `/commits/${after}`,
    );
    expect(commit.parents.map(({ sha }) => sha)).toEqual([before]);
    expect(commit.author.login).toBe("countersign[bot]");
    const lock = app.packages.find(plugin, "1.1");
    const text = await app.people.file(lockPath(lock), after);
    expect(text).toContain(lock.sha256);
    // No site answers in this world, so that the rules about sites go on waiting.
    const mended = await policyCheck(pull, ({ conclusion }) => conclusion === "action_required");
    expect(mended.summary).toContain("`package.matchesSource` got true");
    expect(mended.summary).not.toContain("no package lock");
    // The App's own commit keeps nobody from approving.
    await readingTime();
    await app.people.approve("olivia", pull);
    await until("the approval counts", async () => {
      const check = (await app.people.checks(pull)).get("countersign/approvals");
      return check?.conclusion === "success";
    });
  });

  it("is refused to somebody without a role, and answered once even when delivered twice", async () => {
    const pull = await propose("1.3");
    await policyCheck(pull, ({ conclusion }) => conclusion === "failure");
    const head = await app.people.head(pull);
    const comment = await say("mallory", pull, "/countersign pin");
    expect(await answerTo(pull, comment)).toContain("was not done: it needs a role");
    const delivery = app.github.deliveries.find(
      ({ event, payload }) =>
        event === "issue_comment" && (payload["comment"] as { id: number }).id === comment,
    );
    await app.github.redeliver(delivery!);
    await app.github.settled();
    expect(await answersTo(pull, comment)).toHaveLength(1);
    expect(await app.people.head(pull)).toBe(head);
  });

  it("answers an unknown command, a misused one and help in one short comment each", async () => {
    const pull = await propose("1.4");
    const unknown = await say("mallory", pull, "/countersign frobnicate");
    expect(await answerTo(pull, unknown)).toContain("`frobnicate` is no command here");
    const misused = await say("mallory", pull, "/countersign help me");
    expect(await answerTo(pull, misused)).toContain("It is written `/countersign help`");
    const help = await say("mallory", pull, "/countersign help");
    expect(await answerTo(pull, help)).toContain("/countersign pin [package]");
    const quoted = await say("mallory", pull, "> /countersign help\n\nIs that how?");
    await app.github.settled();
    expect(await answersTo(pull, quoted)).toEqual([]);
  });
});

describe("the check of a lock against its source", () => {
  const lying = (version: string, from: string, to: string) => {
    const entry = app.packages.find(plugin, version);
    return { [lockPath(entry)]: lockText(entry).replace(from, to) };
  };

  it("blocks at the line of each field that is not as the source says", async () => {
    const pull = await propose("1.1", lying("1.1", "bytes: ", "bytes: 1"));
    const check = await policyCheck(pull, ({ conclusion }) => conclusion === "failure");
    expect(check.summary).toContain(`packages/plugins/${plugin}/1.1.yml:4:8`);
    const notes = await app.people.ask<{ start_line: number; message: string }[]>(
      "ada",
      "GET",
      `/check-runs/${check.id}/annotations`,
    );
    expect(notes.map(({ start_line }) => start_line)).toContain(4);
  });

  it("waits while the source cannot be reached, and never passes", async () => {
    const entry = app.packages.find(plugin, "1.2");
    app.packages.fault(plugin, "1.2", { kind: "truncated" });
    const pull = await propose("1.2", { [lockPath(entry)]: lockText(entry) });
    const check = await policyCheck(pull, ({ conclusion }) => conclusion !== null);
    expect(check.conclusion).toBe("action_required");
    expect(check.summary).toContain("broke off");
  });
});
