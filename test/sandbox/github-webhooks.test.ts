import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SandboxGitHub, startGitHub } from "../../sandbox/github/start.ts";
import { files, fleet, installation, person, receiver } from "./github-world.ts";

const secret = "a webhook secret of more than 32 bytes";
const issues = "/repos/acme/fleet/issues";
let github: SandboxGitHub;
let hook: Awaited<ReturnType<typeof receiver>>;

beforeAll(async () => {
  github = await startGitHub({ files });
  hook = await receiver();
  github.setWebhook(hook.url, secret);
});
afterAll(async () => {
  await github.close();
  await hook.close();
});

const openIssue = (title: string) =>
  github.as("olivia")<{ number: number }>("POST", issues, { title });

describe("webhooks", () => {
  it("are signed, carry GitHub's headers, and are recorded with the answer", async () => {
    await openIssue("signed");
    await github.settled();
    const { headers, body } = hook.received.at(-1)!;
    const hmac = createHmac("sha256", secret).update(body).digest("hex");
    const delivery = github.deliveries.at(-1)!;
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": expect.stringMatching(/^GitHub-Hookshot\//),
      "x-github-event": "issues",
      "x-github-delivery": delivery.id,
      "x-github-hook-id": expect.any(String),
      "x-github-hook-installation-target-type": "integration",
      "x-github-hook-installation-target-id": String(github.appId),
      "x-hub-signature-256": `sha256=${hmac}`,
    });
    expect(delivery).toMatchObject({ action: "opened", state: "answered", status: 202 });
    expect(JSON.parse(body)).toEqual(delivery.payload);
  });

  it("keep their id when delivered again", async () => {
    await openIssue("again");
    await github.settled();
    const first = github.deliveries.at(-1)!;
    const again = await github.redeliver(first);
    expect(again).toMatchObject({ id: first.id, redelivery: true, state: "answered" });
    const ids = hook.received.map(({ headers }) => headers["x-github-delivery"]);
    expect(ids.filter((id) => id === first.id)).toHaveLength(2);
  });

  it("are lost when asked: the next ones, or those that a test picks", async () => {
    const received = hook.received.length;
    github.dropNext(1);
    await openIssue("lost");
    await openIssue("kept");
    await github.settled();
    github.dropWhen(({ event }) => event === "issues");
    await openIssue("picked");
    await github.settled();
    github.dropWhen(undefined);
    expect(hook.received.length - received).toBe(1);
    expect(github.deliveries.slice(-3).map(({ state }) => state)).toEqual([
      "dropped",
      "answered",
      "dropped",
    ]);
  });

  it("fail when nobody listens", async () => {
    github.setWebhook("http://127.0.0.1:9/", secret);
    await openIssue("nobody");
    await github.settled();
    github.setWebhook(hook.url, secret);
    expect(github.deliveries.at(-1)?.state).toBe("failed");
  });
});

describe("faults", () => {
  it("replace an answer before or after the request takes effect", async () => {
    const count = async () => {
      const { data } = await github.as("olivia")<unknown[]>("GET", `${issues}?per_page=100`);
      return data.length;
    };
    const before = await count();
    github.setFault(({ method }) => (method === "POST" ? { status: 502 } : undefined));
    expect((await openIssue("refused")).status).toBe(502);
    expect(await count()).toBe(before);
    github.setFault(({ method }) =>
      method === "POST" ? { status: 502, afterEffect: true } : undefined,
    );
    expect((await openIssue("written")).status).toBe(502);
    github.setFault(() => ({ status: 0 }));
    await expect(fetch(`${github.apiUrl}/user`)).rejects.toThrow("fetch failed");
    github.setFault(undefined);
    expect(await count()).toBe(before + 1);
  });
});

describe("the log of requests", () => {
  it("says who asked for what, with what", async () => {
    const app = await installation(github);
    const from = github.requests.length;
    await app.rest.repos.get(fleet);
    await person(github, "sam").rest.users.getAuthenticated();
    await app.rest.issues.create({ ...fleet, title: "Said" });
    const read = { method: "GET", status: 200, body: "" };
    expect(github.requests.slice(from)).toEqual([
      { ...read, path: "/repos/acme/fleet", by: "countersign[bot]" },
      { ...read, path: "/user", by: "sam" },
      {
        method: "POST",
        path: "/repos/acme/fleet/issues",
        by: "countersign[bot]",
        status: 201,
        body: '{"title":"Said"}',
      },
    ]);
  });
});

describe("instances", () => {
  it("run side by side without sharing anything, also when started at once", async () => {
    const [one, two] = await Promise.all([startGitHub({ files }), startGitHub({ files })]);
    expect(one.repoId).not.toBe(two.repoId);
    expect(one.people.ada.id).not.toBe(two.people.ada.id);
    await one.as("olivia")("POST", issues, { title: "only here" });
    const { data } = await two.as("olivia")<unknown[]>("GET", issues);
    expect(data).toEqual([]);
    expect((await fetch(`${two.apiUrl}/user`, { headers: bearer(one) })).status).toBe(401);
    expect((await fetch(`${one.apiUrl}/user`, { headers: bearer(one) })).status).toBe(200);
    await Promise.all([one.close(), two.close()]);
  });

  it("hold several repositories that one App serves", async () => {
    const second = github.addRepository("other", files);
    const app = await installation(github);
    const { data } = await app.rest.repos.get({ owner: "acme", repo: "other" });
    expect(data.id).toBe(second.id);
    expect(second.id).not.toBe(github.repoId);
  });
});

const bearer = ({ people }: SandboxGitHub) => ({ authorization: `Bearer ${people.ada.token}` });
