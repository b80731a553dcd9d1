/** Roles are read from GitHub: what is refused, and what only has to be waited for. */
import { afterEach, describe, expect, it } from "vitest";
import { api, endReplies, forge } from "../support/github-replies.ts";

afterEach(() => expect(endReplies()).toEqual([]));

const secondary = { message: "You have exceeded a secondary rate limit." };
const primary = { "x-ratelimit-remaining": "0" };

describe("the members of a team", () => {
  it.each<[string, number, object, Record<string, string>]>([
    ["a secondary limit", 403, secondary, {}],
    ["a spent budget of requests", 403, { message: "Forbidden" }, primary],
    ["a limit with a time to wait", 403, { message: "Forbidden" }, { "retry-after": "60" }],
    ["too many requests", 429, secondary, {}],
    ["a fault of GitHub", 502, {}, {}],
  ])("are unreachable, not forbidden, after %s", async (_, status, body, headers) => {
    api().get("/orgs/acme/teams/ops/members?per_page=100").reply(status, body, headers);
    expect(await forge().team("acme", "ops")).toEqual({ state: "unreachable", members: [] });
  });
  it.each([403, 404])("are forbidden where GitHub says %i", async (status) => {
    api()
      .get("/orgs/acme/teams/ops/members?per_page=100")
      .reply(status, { message: "Not for you" }, { "x-ratelimit-remaining": "4000" });
    expect(await forge().team("acme", "ops")).toEqual({ state: "forbidden", members: [] });
  });
});

describe("the owners", () => {
  const owners = (status: number, body: object) =>
    api().get("/orgs/acme/members?role=admin&per_page=100").reply(status, body);
  it("are not known where the App may not list them", async () => {
    owners(403, { message: "Not for you" });
    expect(await forge().owners()).toBeNull();
  });
  it.each([403, 500])("are not guessed where GitHub only cannot answer now: %i", async (status) => {
    owners(status, secondary);
    await expect(forge().owners()).rejects.toThrow();
  });
});
