/** Every security requirement of the connector, R1 to R23, is the title of a test on a real WordPress. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const COUNT = 23;

it("each requirement stands in the title of a test of the connector", () => {
  const folder = path.join(root, "test/connector");
  const named = new Set<string>();
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".test.ts"))) {
    const text = readFileSync(path.join(folder, name), "utf8");
    for (const [, list = ""] of text.matchAll(/"((?:R\d+, )*R\d+): /gu)) {
      for (const one of list.split(", ")) named.add(one);
    }
  }
  const all = Array.from({ length: COUNT }, (_, index) => `R${index + 1}`);
  expect([...named].toSorted()).toEqual(all.toSorted());
});
