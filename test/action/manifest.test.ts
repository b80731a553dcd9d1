import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { INPUTS, OUTPUTS, readInputs, readRun } from "../../action/inputs.ts";
import { PERMISSIONS } from "../../action/permissions.ts";
import { buildAction } from "../../scripts/build-action.ts";

const root = path.resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(path.join(tmpdir(), "countersign-build-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("action.yml", () => {
  const manifest = parse(readFileSync(path.join(root, "action.yml"), "utf8")) as {
    inputs: Record<string, { required: boolean; default: string }>;
    outputs: Record<string, unknown>;
    runs: unknown;
  };
  it("declares exactly the inputs and outputs of the code, with their defaults", () => {
    const inputs = Object.entries(manifest.inputs).map(([name, { required, default: usual }]) => [
      name,
      { required, default: usual },
    ]);
    expect(Object.fromEntries(inputs)).toEqual(INPUTS);
    expect(Object.keys(manifest.outputs)).toEqual([...OUTPUTS]);
    expect(manifest.runs).toEqual({ using: "node24", main: "action/dist/main.js" });
  });
});

describe("the workflows of docs/examples", () => {
  it.each(["apply", "reconcile", "review"])("give %s the permissions that a run needs", (name) => {
    const file = path.join(root, `docs/examples/workflows/countersign-${name}.yml`);
    const { permissions } = parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    expect(permissions).toEqual(PERMISSIONS);
  });
  it("say the same in docs/getting-started.md", () => {
    const text = readFileSync(path.join(root, "docs/getting-started.md"), "utf8");
    for (const [name, level] of Object.entries(PERMISSIONS)) {
      expect(text).toMatch(new RegExp(`^\\| \`${name}: ${level}\` +\\|`, "mu"));
    }
  });
});

describe("the bundle", () => {
  it("is built to the same bytes, and names no place of the machine", async () => {
    const [one, other] = [
      readFileSync(await buildAction(path.join(folder, "one")), "utf8"),
      readFileSync(await buildAction(path.join(folder, "other")), "utf8"),
    ];
    expect(one === other).toBe(true);
    const committed = readFileSync(path.join(root, "action/dist/main.js"), "utf8");
    expect(one === committed, "run `npm run build:action`").toBe(true);
    expect(one).not.toContain(root);
    expect(one).not.toContain("pg-boss");
  });
});

describe("the inputs of a run", () => {
  it("are refused together, before anything is asked of GitHub", () => {
    const env = { INPUT_MODE: "deploy", INPUT_SEED: "short", INPUT_TIMEOUT: "0", INPUT_APP: "x" };
    expect(() => readInputs(env)).toThrow(/mode[^]*seed[^]*timeout[^]*app/u);
    expect(() => readRun({})).toThrow(/GITHUB_REPOSITORY[^]*GITHUB_API_URL/u);
  });
});
