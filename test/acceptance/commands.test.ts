/** Commands in comments, on the sandbox's GitHub and the real App. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PersonName } from "../../sandbox/github/seed.ts";
import { readingTime, until } from "../../sandbox/until.ts";
import { type App, startApp } from "../support/app.ts";

let app: App;
let issue: number;
beforeAll(async () => {
  app = await startApp();
  const opened = await app.people.ask<{ number: number }>("ada", "POST", "/issues", {
    title: "Control",
    body: "Commands that belong to no pull request.",
  });
  issue = opened.number;
});
afterAll(() => app.close());

/** Says something and returns the App's answer to it. */
async function answered(who: PersonName, body: string, where = issue): Promise<string> {
  const id = await app.people.say(who, where, body);
  const mark = `<!-- countersign:answer ${id} -->`;
  return until(`${who} gets an answer`, async () =>
    (await answers(where)).find((answer) => answer.startsWith(mark)),
  );
}
const answers = async (where: number) =>
  (await app.people.comments(where)).filter((body) => body.includes("countersign:answer"));

const levels = async () => {
  const text = await app.people.file("tiles/000/000.jsonl", "countersign/audit");
  return text
    .trimEnd()
    .split("\n")
    .map((line): { kind: string; level?: string; by?: number; site?: string | null } =>
      JSON.parse(line),
    )
    .filter(({ kind }) => kind === "level");
};

describe("hold and release", () => {
  it("are refused to whoever holds no role, and change nothing", async () => {
    expect(await answered("mallory", "/countersign hold shop I would like to")).toContain(
      "Not done",
    );
    expect(await levels()).toEqual([]);
  });
  it("hold at once by any role, with the person on record", async () => {
    expect(await answered("olivia", "/countersign hold shop looks odd")).toContain("HOLD now");
    const { id } = app.github.people.olivia;
    expect((await levels()).at(-1)).toMatchObject({ level: "hold", site: "shop", by: id });
  });
  it("are released only by the right, with a reason", async () => {
    expect(await answered("olivia", "/countersign release shop all good")).toContain(
      "do not hold the role",
    );
    expect(await answered("sam", "/countersign release shop")).toContain("<reason>");
    expect(await answered("sam", "/countersign release shop looked at it")).toContain("NORMAL now");
    expect((await levels()).at(-1)).toMatchObject({ level: "normal", site: "shop" });
  });
  it("name no site that is none", async () => {
    expect(await answered("olivia", "/countersign hold Shop! now")).toContain("There is no site");
  });
});

describe("panic", () => {
  it("contains the fleet by one person, and is released by two", async () => {
    expect(await answered("omar", "/countersign panic")).toContain("CONTAINED now");
    expect(await answered("sam", "/countersign release fleet false alarm")).toContain(
      "more people",
    );
    expect((await levels()).at(-1)).toMatchObject({ level: "contained", site: null });
    expect(await answered("sven", "/countersign release fleet false alarm")).toContain(
      "NORMAL now",
    );
    expect((await levels()).at(-1)).toMatchObject({ level: "normal", site: null });
  });
});

describe("break-glass", () => {
  it("stands in for one gate's approvals by two people, for the plan that is shown", async () => {
    const text = (await app.people.file("sites/shop.yml")).replace("Europe/Berlin", "Europe/Paris");
    const pull = await app.people.propose("mallory", {
      branch: "zone",
      files: { "sites/shop.yml": text },
      message: "Move the zone",
      title: "Move the zone",
    });
    const check = async () => (await app.people.checks(pull)).get("countersign/approvals");
    await until("it is reviewed", async () => (await check())?.conclusion === "action_required");
    await readingTime();
    const words = "/countersign break-glass any change needs an operator nobody is awake";
    await answered("sam", words, pull);
    expect((await check())?.conclusion).toBe("action_required");
    await answered("sven", words, pull);
    const broken = await until("the glass is broken", async () => {
      const found = await check();
      return found?.conclusion === "success" && found;
    });
    expect(broken.summary).toContain("glass was broken");
  });
});

describe("other comments", () => {
  it("that are no command get one short answer, and help lists what there is", async () => {
    expect(await answered("mallory", "/countersign selfdestruct")).toContain("is no command");
    expect(await answered("mallory", "/countersign help")).toContain("/countersign hold");
  });
  it("that only quote a command command nothing", async () => {
    const before = (await answers(issue)).length;
    await app.people.say("olivia", issue, "> /countersign panic\n\nDo not say that.");
    await app.github.settled(1000);
    expect(await answers(issue)).toHaveLength(before);
  });
});
