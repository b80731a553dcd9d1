/** The list of failpoints is what the code of both sides has, and a chosen one kills. */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readSettings } from "../src/server/settings.ts";

const root = path.resolve(import.meta.dirname, "..");
const main = path.join(root, "src/cli/main.ts");

/** Every name that a call in these files reaches, once for each call. */
function reached(files: string, call: RegExp): string[] {
  return globSync(files, { cwd: root })
    .flatMap((file) => [...readFileSync(path.join(root, file), "utf8").matchAll(call)])
    .map(([, name]) => name ?? "")
    .toSorted();
}
function countersign(...args: string[]) {
  return spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });
}

describe("countersign failpoints", () => {
  it("lists exactly what both sides reach, each at one place", () => {
    const { app, connector } = JSON.parse(countersign("failpoints", "--json").stdout);
    const uses = reached("src/**/*.ts", /^\s*reach\("([a-z.]+)"\);$/gmu);
    expect(uses.length).toBeGreaterThan(25);
    expect(uses).toEqual(Object.keys(app).toSorted());
    const php = reached("connector/src/**/*.php", /Failpoint::reach\( '([a-z_]+)' \);/gu);
    expect(php).toEqual(Object.keys(connector).toSorted());
  });
  it("lists them for people", () => {
    expect(countersign("failpoints").stdout).toMatch(
      /^App:\n {2}webhook\.before +\S[^]*Connector:/u,
    );
  });
});

describe("a failpoint", () => {
  const step = `import { reach } from ${JSON.stringify(path.join(root, "src/failpoint.ts"))};
    reach("mint.before"); console.log("one"); reach("mint.after"); console.log("two");`;
  const run = (chosen?: string) =>
    spawnSync(process.execPath, ["--input-type=module-typescript", "--eval", step], {
      encoding: "utf8",
      env: { ...process.env, COUNTERSIGN_FAILPOINT: chosen },
    });

  it("ends the process by SIGKILL at the chosen step and at no other", () => {
    expect(run("mint.after")).toMatchObject({ signal: "SIGKILL", stdout: "one\n" });
    expect(run("flush.before")).toMatchObject({ signal: null, stdout: "one\ntwo\n" });
    expect(run()).toMatchObject({ signal: null, stdout: "one\ntwo\n" });
  });
  it("has to be one of the list for the App to start", () => {
    const started = (name: string) => () => readSettings({ COUNTERSIGN_FAILPOINT: name });
    expect(started("mint.befor")).toThrow(/COUNTERSIGN_FAILPOINT names none/u);
    expect(started("toString")).toThrow(/COUNTERSIGN_FAILPOINT names none/u);
    expect(started("mint.before")).not.toThrow(/COUNTERSIGN_FAILPOINT/u);
  });
});
