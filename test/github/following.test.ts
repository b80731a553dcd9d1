/** Deployments on GitHub, as described answers: after a restart nothing is written twice. */
import { afterEach, describe, expect, it } from "vitest";
import { api, endReplies, forge, repo } from "../support/github-replies.ts";
import { sha } from "../support/ids.ts";

afterEach(() => {
  expect(endReplies()).toEqual([]);
});

const wanted = { environment: "shop", commit: sha("merge"), key: "abc", description: "#7 on shop" };
const list = `${repo}/deployments?environment=shop&sha=${sha("merge")}`;

describe("a deployment", () => {
  it("is opened once for each key", async () => {
    api()
      .get(list)
      .reply(200, [{ id: 4, payload: { key: "other" } }]);
    api()
      .post(
        `${repo}/deployments`,
        (body) => body.payload.key === "abc" && body.ref === sha("merge"),
      )
      .reply(201, { id: 5 });
    expect(await forge().openDeployment(wanted)).toBe(5);
    api()
      .get(list)
      .reply(200, [{ id: 5, payload: '{"key":"abc"}' }]);
    expect(await forge().openDeployment(wanted)).toBe(5);
  });
  it("gets a state that is new, once, also by a process that did not write it", async () => {
    const statuses = `${repo}/deployments/5/statuses`;
    const one = forge();
    api().get(`${statuses}?per_page=1`).reply(200, []);
    api()
      .post(statuses, (body) => body.state === "success")
      .reply(201, {});
    await one.setDeploymentState(5, "success", "applied");
    await one.setDeploymentState(5, "success", "applied");
    const newest = [{ state: "success", description: "applied" }];
    const other = forge();
    api().get(`${statuses}?per_page=1`).reply(200, newest);
    await other.setDeploymentState(5, "success", "applied");
    api()
      .post(statuses, (body) => body.state === "failure" && body.description.length === 140)
      .reply(201, {});
    await other.setDeploymentState(5, "failure", "x".repeat(200));
  });
});
