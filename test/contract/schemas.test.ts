import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { FLEET_CONFIG_PATH, readFleetConfig } from "../../src/contract/fleet-config.ts";
import { readYaml } from "../../src/contract/yaml-document.ts";
import { planTrees } from "../../src/domain/plan.ts";
import { REPOSITORY_SCHEMAS, repositorySchemaText } from "../../scripts/generate-schemas.ts";

const docs = fileURLToPath(new URL("../../docs/", import.meta.url));
const root = `${docs}examples/control-repository/`;
const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
  path.endsWith(".yml"),
);
const examples = new Map(paths.map((path) => [path, readFileSync(root + path, "utf8")]));

describe("docs/schemas", () => {
  it.each(Object.keys(REPOSITORY_SCHEMAS))("%s is what the contract says", (name) => {
    expect(readFileSync(`${docs}schemas/${name}`, "utf8")).toBe(repositorySchemaText(name));
  });
});

describe("docs/examples", () => {
  it("is a whole control repository, which plans without an error or warning", () => {
    const plan = planTrees({ before: new Map(), after: examples });
    expect(plan.findings).toEqual([]);
    expect(plan.otherPaths).toEqual([]);
    expect([...plan.sitePlans.keys()]).toEqual(["acme-shop", "acme-staging"]);
  });
  it("has a policy that is valid in full", () => {
    expect(readFleetConfig(examples.get(FLEET_CONFIG_PATH) ?? "").kind).toBe("valid");
  });
  it.each(paths)("%s names a schema that accepts it, and that refuses an unknown key", (path) => {
    const text = examples.get(path) ?? "";
    const [, link = ""] = /^# yaml-language-server: \$schema=(\S+)\n/u.exec(text) ?? [];
    const file = new URL(link, new URL(`file://${root}${path}`));
    const schema = z.fromJSONSchema(JSON.parse(readFileSync(file, "utf8")));
    const reading = readYaml(path, text);
    const value = reading.kind === "read" ? reading.document.value : undefined;
    expect(schema.safeParse(value).error).toBeUndefined();
    expect(schema.safeParse({ ...(value as object), surprise: 1 }).success).toBe(false);
  });
});
