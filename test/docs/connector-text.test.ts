/** What the connector shows can be translated, all of it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { potText, translatedTexts } from "../../scripts/generate-pot.ts";

const root = path.resolve(import.meta.dirname, "../..");

describe("texts of the connector", () => {
  it("each name the plugin's text domain, as plain texts that a translator's tools can find", () => {
    const texts = translatedTexts();
    expect(texts.length).toBeGreaterThan(90);
    expect(texts.filter(({ domain }) => domain !== "countersign")).toEqual([]);
    expect(texts.filter(({ forms }) => forms.length === 0 || forms.includes(""))).toEqual([]);
  });

  it("say what each placeholder stands for", () => {
    const unexplained = translatedTexts().filter(
      ({ forms, hint }) => forms.some((form) => /%[\d$]*[sd]/u.test(form)) && hint === undefined,
    );
    expect(unexplained).toEqual([]);
  });

  it("stand in languages/countersign.pot as `npm run generate` writes it", () => {
    const file = path.join(root, "connector/languages/countersign.pot");
    expect(readFileSync(file, "utf8")).toBe(potText());
  });
});
