import { describe, expect, it } from "vitest";
import type { WaitReason } from "../../src/domain/rollout.ts";
import { turnWords } from "../../src/render/outcomes.ts";

const until = Date.parse("2026-11-25T04:00:59Z") / 1000;

describe("what a site that has not begun waits for", () => {
  it.each<[WaitReason, number | null, string]>([
    ["stopped", null, "stopped, nothing changed: another site did not end well"],
    ["canary", null, "waits for the canary to end well"],
    ["wave", null, "waits for an earlier wave to end well"],
    ["soak", until, "waits while the sites before it soak, until 2026-11-25 04:00 UTC"],
    ["window", until, "waits for its window, until 2026-11-25 04:00 UTC"],
    ["window", null, "waits for its window"],
    ["concurrency", null, "waits for room: many sites run at once"],
    ["expired", null, "too late to begin: it lapses"],
  ])("is told in words: %s, %s", (reason, moment, words) => {
    expect(turnWords({ kind: "waits", reason, until: moment })).toBe(words);
  });
  it("is nothing where it is its turn, or none is known", () => {
    for (const turn of [{ kind: "go" }, { kind: "none" }, null] as const) {
      expect(turnWords(turn)).toBe("authorised, not sent yet");
    }
  });
});
