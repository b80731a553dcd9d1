/** GitHub's answers are counted: what one event may cost, and that sites do not make it more. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lockPath, lockText, siteText } from "../../sandbox/control-repository.ts";
import { until } from "../../sandbox/until.ts";
import { type App, startApp } from "../support/app.ts";

/** A review on a proposal that was seen before: requests in all, and those of them that write. */
const budget = { requests: 6, writes: 2 };

let app: App;
beforeAll(async () => {
  app = await startApp({ sweepSeconds: 3600 });
});
afterAll(() => app.close());

const repo = () => `/repos/${app.github.owner}/${app.github.repo}`;

/** What the App asked of GitHub until it was quiet again. */
async function costOf(event: () => Promise<unknown>) {
  await app.github.settled(1000);
  const start = app.github.requests.length;
  await event();
  await app.github.settled(1500);
  const own = app.github.requests.slice(start).filter(({ by }) => by.endsWith("[bot]"));
  const calls = own.map(({ method, path }) => `${method} ${path.replace(repo(), "")}`);
  return {
    calls,
    requests: own.length,
    writes: own.filter(({ method }) => method !== "GET").length,
  };
}

const sites = (count: number) => Array.from({ length: count }, (_, at) => `more-${at}`);

/** A proposal whose checks are there, and which everything about it has been read for. */
async function propose(branch: string, version: string): Promise<number> {
  const { people, packages } = app;
  const lock = packages.find("hello-countersign", version);
  const url = "http://127.0.0.1:9";
  const pull = await people.propose("ada", {
    branch,
    title: `Bring ${version}`,
    files: {
      [lockPath(lock)]: lockText(lock),
      "sites/shop.yml": siteText({ id: "shop", url, version }),
    },
    message: `Bring ${version}`,
  });
  await until("it is checked", async () => (await people.checks(pull)).size === 3);
  await app.github.settled(1000);
  return pull;
}

describe("what GitHub is asked for", () => {
  it("a review, with one site and with fifty, costs the same few requests", async () => {
    const { people } = app;
    const one = await propose("one", "1.1");
    const cost = await costOf(() => people.approve("olivia", one));
    const files = sites(50).map((id) => [
      `sites/${id}.yml`,
      siteText({ id, url: `http://127.0.0.1:9/${id}`, version: "1.0" }),
    ]);
    await people.commit("ada", {
      branch: "main",
      files: Object.fromEntries(files),
      message: "More sites",
    });
    const other = await propose("many", "1.1");
    const again = await costOf(() => people.approve("olivia", other));
    expect(cost.requests, cost.calls.join("\n")).toBeLessThanOrEqual(budget.requests);
    // The check and the comment both tell of the approval.
    expect(cost.writes).toBe(budget.writes);
    expect(again.calls.length, again.calls.join("\n")).toBe(cost.requests);
  });
  it.each<[string, () => Promise<unknown>]>([
    ["a comment that commands nothing", () => app.people.say("olivia", 1, "Looks good to me.")],
    [
      "a push to another branch",
      () =>
        app.people.commit("ada", { branch: "notes", files: { "notes.md": "x" }, message: "Note" }),
    ],
    ["a new title", () => app.people.ask("ada", "PATCH", "/pulls/1", { title: "Another title" })],
    ["a label", () => app.people.ask("ada", "POST", "/issues/1/labels", { labels: ["later"] })],
    [
      "a proposal that is closed",
      () => app.people.ask("ada", "PATCH", "/pulls/1", { state: "closed" }),
    ],
  ])("%s costs one request at most", async (_what, event) => {
    const { calls } = await costOf(event);
    expect(calls.length, calls.join("\n")).toBeLessThanOrEqual(1);
  });
});
