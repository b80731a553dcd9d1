import { describe, expect, it } from "vitest";
import { isAtHome } from "../../src/domain/site-home.ts";

describe("a site's home", () => {
  it("is the address of its file, with or without slashes at the end", () => {
    expect(isAtHome("https://shop.example/", "https://shop.example")).toBe(true);
    expect(isAtHome("https://shop.example/blog", "https://shop.example/blog//")).toBe(true);
  });
  it.each(["http://shop.example", "https://www.shop.example", "https://shop.example/old", ""])(
    "is not %j",
    (home) => {
      expect(isAtHome(home, "https://shop.example")).toBe(false);
    },
  );
});
