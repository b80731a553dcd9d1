import { describe, expect, it } from "vitest";
import { recordedSilence } from "../../src/domain/silence.ts";
import { AT, bootstrapped } from "../support/entries.ts";
import { site } from "../support/ids.ts";

describe("the silence of sites", () => {
  it("is on record from its line on, until one says that the site is heard again", () => {
    const line = (name: string, over: boolean) =>
      ({ at: AT, kind: "silence", over, since: AT, site: site(name) }) as const;
    const entries = [bootstrapped(), line("shop", false), line("blog", false), line("shop", true)];
    expect([...recordedSilence(entries).keys()]).toEqual(["blog"]);
    expect([...recordedSilence([...entries, line("shop", false)]).keys()]).toEqual([
      "blog",
      "shop",
    ]);
  });
});
