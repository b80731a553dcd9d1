/** What an event hints at. Whoever opened a fork's proposal may have written it: numbers alone are read. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { proposalOf } from "../../action/event.ts";

const folder = mkdtempSync(path.join(tmpdir(), "countersign-event-"));
const eventPath = path.join(folder, "event.json");
afterAll(() => rmSync(folder, { recursive: true }));
function about(text: string): number | null {
  writeFileSync(eventPath, text);
  return proposalOf({ eventPath });
}

describe("the proposal that an event names", () => {
  it.each<[string, object, number | null]>([
    ["a pull request", { pull_request: { number: 7 } }, 7],
    ["a comment on a pull request", { issue: { number: 8, pull_request: { url: "x" } } }, 8],
    ["a comment on an issue", { issue: { number: 9 } }, null],
    ["a review's run", { workflow_run: { pull_requests: [{ number: 4 }] } }, 4],
    ["a run of no proposal", { workflow_run: { pull_requests: [] } }, null],
    ["a push", { ref: "refs/heads/main" }, null],
    ["a number that is none", { pull_request: { number: "7; rm" } }, null],
    ["a number below one", { pull_request: { number: -1 } }, null],
  ])("is read of %s", (_what, event, number) => {
    expect(about(JSON.stringify(event))).toBe(number);
  });
  it.each([
    ["nothing", ""],
    ["half of it", '{"pull_request":{"num'],
    ["a list", "[7]"],
    ["null", "null"],
  ])("is none where the file holds %s", (_what, text) => {
    expect(about(text)).toBeNull();
  });
  it("is none without a file", () => {
    expect(proposalOf({ eventPath: null })).toBeNull();
    expect(proposalOf({ eventPath: path.join(folder, "missing") })).toBeNull();
  });
});
