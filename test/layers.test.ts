/** Plants one violation for each layer and expects the tools that guard the layers to find it. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const tool = (name: string) => join(root, "node_modules", ".bin", name);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-layers-"));
  for (const file of [".oxlintrc.json", "tsconfig.json", "tsconfig.core.json"]) {
    cpSync(join(root, file), join(folder, file));
  }
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function plant(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
function lint(): string {
  const { stdout } = spawnSync(tool("oxlint"), ["--format=unix", "src"], {
    cwd: folder,
    encoding: "utf8",
  });
  return stdout;
}
const importing = (what: string) =>
  `import * as other from "${what}";\nexport const used = other;\n`;

const forbidden = [
  ["contract", "../domain/plan.ts"],
  ["contract", "node:fs"],
  ["domain", "../signing/digest.ts"],
  ["domain", "node:crypto"],
  ["domain", "../errors.ts"],
  ["signing", "../domain/plan.ts"],
  ["signing", "node:fs"],
  ["audit", "../workflow/ports.ts"],
  ["render", "../signing/digest.ts"],
  ["workflow", "../github/forge.ts"],
  ["workflow", "@octokit/rest"],
  ["github", "../workflow/review.ts"],
  ["github", "kysely"],
  ["wordpress", "../github/forge.ts"],
  ["store", "@octokit/rest"],
] as const;

describe("the layer rules", () => {
  it("find every import that a layer may not have, and no other", () => {
    for (const [index, [layer, what]] of forbidden.entries()) {
      plant(`src/${layer}/planted-${index}.ts`, importing(what));
      plant(`src/${layer}/own.ts`, "export const own = 1;\n");
      plant(`src/${layer}/allowed.ts`, importing("./own.ts"));
    }
    const alone = ["src/errors.ts", "src/failpoint.ts"];
    for (const file of alone) plant(file, importing("zod"));
    const found = lint()
      .split("\n")
      .filter((line) => line.includes("no-restricted-imports"));
    const files = found.map((line) => line.split(":")[0]);
    const planted = forbidden.map(([layer], index) => `src/${layer}/planted-${index}.ts`);
    expect(new Set(files)).toEqual(new Set([...planted, ...alone]));
  });
  it("find a cycle", () => {
    plant("src/domain/one.ts", `import { two } from "./two.ts";\nexport const one = () => two;\n`);
    plant("src/domain/two.ts", `import { one } from "./one.ts";\nexport const two = () => one;\n`);
    expect(lint()).toContain("no-cycle");
  });
});

describe("the core project", () => {
  const compile = () =>
    spawnSync(tool("tsc"), ["-p", "tsconfig.core.json"], { cwd: folder, encoding: "utf8" }).stdout;

  it("knows nothing of Node or the network", () => {
    const expressions = [
      "process.env",
      "fetch('x')",
      "Buffer.from('')",
      "setTimeout(() => 1)",
      "console",
    ];
    const lines = expressions.map((text, index) => `export const x${index}: unknown = ${text};`);
    plant("src/domain/planted.ts", `${lines.join("\n")}\n`);
    plant(
      "src/contract/planted.ts",
      `import { readFileSync } from "node:fs";\nexport const x = readFileSync;\n`,
    );
    const errors = compile().match(/planted\.ts\(\d+/gu);
    expect(new Set(errors).size).toBe(expressions.length);
    expect(compile()).toMatch(/contract\/planted\.ts/u);
  });
  it("compiles what keeps to it", () => {
    plant("src/domain/fine.ts", "export const fine: number = Math.max(1, 2);\n");
    plant("src/contract/fine.ts", "export const fine = 1;\n");
    expect(compile()).toBe("");
  });
});

describe("the runtime guard", () => {
  it("lets this Node through and names what is missing in another one", () => {
    const guard = join(root, "scripts", "node24.mjs");
    expect(() => execFileSync(process.execPath, [guard])).not.toThrow();
    const old = spawnSync(
      process.execPath,
      [
        "--import",
        `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.20.2'})`,
        guard,
      ],
      { encoding: "utf8" },
    );
    expect(old).toMatchObject({ status: 2, stderr: expect.stringContaining("npm ci") });
  });
});
