/** Bad input at the App's doors, on the sandbox's GitHub and the real server; no site is needed. */
import { createHmac, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../support/app.ts";
import { until } from "../../sandbox/until.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const annotations = async (check: { id: number }) =>
  app.people.ask<
    { path: string; start_line: number; start_column: number | null; message: string }[]
  >("ada", "GET", `/check-runs/${check.id}/annotations`);

async function policyOf(files: Record<string, string>, branch: string) {
  const pull = await app.people.propose("mallory", {
    branch,
    files,
    message: "Change it",
    title: "Change it",
  });
  const check = await until("the policy check fails", async () => {
    const found = (await app.people.checks(pull)).get("countersign/policy");
    return found?.conclusion === "failure" && found;
  });
  return { pull, check, notes: await annotations(check) };
}

const commentOn = (pull: number) =>
  until("there is a comment", async () => (await app.people.comments(pull))[0]);

describe("a broken proposal", () => {
  it("gets every error of countersign.yml at its line and column, and cannot be merged", async () => {
    const text = (await app.people.file("countersign.yml"))
      .replace("count: 1 }]\n", "count: 0 }]\n")
      .replace("roles:\n", "rolls: {}\nroles:\n");
    const { pull, check, notes } = await policyOf({ "countersign.yml": text }, "broken-policy");
    expect(check.title).toMatch(/\d errors? to mend/u);
    const lines = text.split("\n");
    const places = notes.map(({ path, start_line: line }) => `${path} ${lines[line - 1]?.trim()}`);
    expect(places).toEqual(
      expect.arrayContaining([
        "countersign.yml rolls: {}",
        "countersign.yml require: [{ role: operators, count: 0 }]",
      ]),
    );
    expect(notes[0]?.message).toMatch(/^countersign\.yml:\d+:\d+: /u);
    expect((await app.people.merge("olivia", pull)).status).toBe(405);
  });
  it("gets the errors of a site file at their lines", async () => {
    const text = (await app.people.file("sites/shop.yml"))
      .replace("timezone: Europe/Berlin", "timezone: Europe/Bearlin")
      .replace("state: active", "state: actve");
    const { notes } = await policyOf({ "sites/shop.yml": text }, "broken-site");
    const lines = text.split("\n");
    const found = notes.map(({ path, start_line: line }) => `${path} ${lines[line - 1]?.trim()}`);
    expect(found).toEqual(
      expect.arrayContaining([
        "sites/shop.yml timezone: Europe/Bearlin",
        expect.stringContaining("state: actve"),
      ]),
    );
  });
  it("gets the command to paste for a package without a lock", async () => {
    const text = (await app.people.file("sites/shop.yml")).replace('"1.0"', '"9.9"');
    const { notes, pull } = await policyOf({ "sites/shop.yml": text }, "unlocked");
    const command = "countersign pin plugins/hello-countersign@9.9";
    expect(notes.map(({ message }) => message).join("\n")).toContain(command);
    expect(await commentOn(pull)).toContain(command);
  });
  it("shows hostile text as text", async () => {
    const evil = "</details><img src=x onerror=alert(1)> @olivia `|`";
    const { pull } = await policyOf({ "sites/shop.yml": `url: "${evil}"\n` }, "hostile");
    const comment = await commentOn(pull);
    expect(comment).not.toContain("<img");
    expect(comment).not.toMatch(/(^|[^`\u2060\w])@olivia/u);
  });
});

describe("a webhook", () => {
  const post = (headers: Record<string, string>, body: string) =>
    fetch(app.server.webhooksUrl, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-github-delivery": "00000000-0000-4000-8000-000000000000",
        "x-github-event": "push",
        ...headers,
      },
      body,
    });
  const body = () =>
    JSON.stringify({
      ref: "refs/heads/main",
      repository: { id: 666, name: "x", owner: { login: "evil" }, default_branch: "main" },
      installation: { id: 666 },
    });
  const sign = (text: string, secret: string) =>
    `sha256=${createHmac("sha256", secret).update(text).digest("hex")}`;

  it.each([
    ["a wrong signature", { "x-hub-signature-256": `sha256=${"0".repeat(64)}` }],
    ["no signature", {}],
    [
      "the secret that Probot would fall back to",
      { "x-hub-signature-256": sign(body(), "development") },
    ],
    ["another secret", { "x-hub-signature-256": sign(body(), randomBytes(32).toString("hex")) }],
  ])("with %s gets 400 and has no effect", async (_name, headers) => {
    expect((await post(headers, body())).status).toBe(400);
    expect(app.github.requests.some(({ path }) => path.includes("evil"))).toBe(false);
  });
  it("that is too long or of no declared length is refused unread", async () => {
    const big = await fetch(app.server.webhooksUrl, {
      method: "POST",
      body: Buffer.alloc(26 * 1024 * 1024),
    }).catch(() => ({ status: 413 }));
    expect(big.status).toBe(413);
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from("{}"));
        controller.close();
      },
    });
    const unknown = await fetch(app.server.webhooksUrl, {
      method: "POST",
      body: stream,
      duplex: "half",
    });
    expect(unknown.status).toBe(411);
  });
});
