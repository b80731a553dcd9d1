import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { zip } from "../../sandbox/packages/zip.ts";
import { connectorFiles } from "../../scripts/build-connector.ts";

describe("the connector's zip", () => {
  it("holds the plugin under its own folder, with its licence and nothing hidden", () => {
    const names = Object.keys(connectorFiles());
    expect(names).toEqual(
      expect.arrayContaining([
        "countersign/countersign.php",
        "countersign/readme.txt",
        "countersign/uninstall.php",
        "countersign/LICENSE",
        "countersign/src/claims.php",
      ]),
    );
    expect(names.filter((name) => !name.startsWith("countersign/") || /\/\./u.test(name))).toEqual(
      [],
    );
    for (const name of names) {
      const source = path.resolve(
        import.meta.dirname,
        "../../connector",
        name.slice("countersign/".length),
      );
      expect(existsSync(source)).toBe(true);
    }
  });
  it("has the same bytes each time", () => {
    expect(zip(connectorFiles()).equals(zip(connectorFiles()))).toBe(true);
  });
});
