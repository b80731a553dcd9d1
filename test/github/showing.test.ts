import { Octokit } from "@octokit/rest";
import { beforeEach, describe, expect, it } from "vitest";
import type { CommitSha } from "../../src/contract/ids.ts";
import { Showing } from "../../src/github/showing.ts";
import type { Check } from "../../src/workflow/forge-port.ts";
import { sha } from "../support/ids.ts";

interface Written {
  readonly request: string;
  readonly body: { readonly output: { readonly summary: string; readonly annotations: unknown[] } };
}
const written: Written[] = [];
const head: CommitSha = sha("head");

/** A GitHub that has no check yet, takes every write and gives it the id 5. */
const client = new Octokit({
  request: {
    fetch: async (url: string, { method, body }: { method: string; body?: string }) => {
      const isRead = method === "GET";
      if (!isRead) {
        written.push({
          request: `${method} ${new URL(url).pathname}`,
          body: JSON.parse(body ?? "{}"),
        });
      }
      const answer = isRead ? { check_runs: [] } : { id: 5 };
      return new Response(JSON.stringify(answer), {
        headers: { "content-type": "application/json; charset=utf-8" },
      });
    },
  },
});
let showing: Showing;
beforeEach(() => {
  written.length = 0;
  showing = new Showing({ client, owner: "acme", repo: "fleet", appId: 1 });
});
const check = (over: Partial<Check> = {}): Check => ({
  name: "countersign/policy",
  result: "blocked",
  title: "Refused by tiny",
  summary: "the tree",
  annotations: [],
  ...over,
});

describe("a check that is shown", () => {
  it("is written once, and again only where something changed", async () => {
    for (let turn = 0; turn < 3; turn += 1) await showing.check(head, check());
    expect(written.map(({ request }) => request)).toEqual(["POST /repos/acme/fleet/check-runs"]);
    await showing.check(head, check({ summary: "another tree" }));
    expect(written[1]?.request).toBe("PATCH /repos/acme/fleet/check-runs/5");
  });
  it("names what a thousand findings leave no room for", async () => {
    const annotations = Array.from({ length: 1000 }, (_, at) => ({
      path: "sites/shop.yml",
      line: at + 1,
      column: 1,
      level: "failure" as const,
      message: "tiny",
    }));
    await showing.check(head, check({ annotations, summary: "x".repeat(100_000) }));
    const { summary, annotations: sent } = written[0]!.body.output;
    expect(sent).toHaveLength(50);
    expect(summary).toContain("950 further places");
    expect(summary.length).toBeLessThanOrEqual(65_535);
  });
});
