import { expect, it } from "vitest";
import { durationWords } from "../../src/domain/duration-words.ts";

it.each([
  [0, "0 s"],
  [59, "59 s"],
  [60, "1 min"],
  [61, "61 s"],
  [200, "3 min"],
  [3600, "1 h"],
  [7205, "120 min"],
  [7200, "2 h"],
  [86_400, "1 d"],
  [90_000, "25 h"],
  [8 * 86_400 + 5, "8 d"],
])("tells %d seconds as %s", (seconds, words) => {
  expect(durationWords(seconds)).toBe(words);
});
