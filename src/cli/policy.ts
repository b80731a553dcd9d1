/**
 * `countersign policy test` and `policy explain`: the policy of a folder, as it stands there, run
 * against its own tests and told in words. Nothing is fetched, and git is not asked.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readControlFile } from "../contract/control-file.ts";
import { FLEET_CONFIG_PATH, type FleetConfig, readFleetConfig } from "../contract/fleet-config.ts";
import { PolicyTests } from "../contract/policy-test.ts";
import { builtinRules } from "../domain/policy-builtin.ts";
import { ruleWords } from "../domain/policy-words.ts";
import { runPolicyTest } from "../domain/policy-test.ts";
import { CountersignError } from "../errors.ts";
import { findingLines } from "./finding-lines.ts";

export interface PolicyReport {
  readonly lines: readonly string[];
  readonly exitCode: 0 | 1;
}

/** @throws CountersignError `usage` where the folder has no policy or no tests */
export async function testPolicy(folder: string): Promise<PolicyReport> {
  const reading = readFleetConfig(await textOf(folder, FLEET_CONFIG_PATH));
  if (reading.kind === "invalid") return { lines: findingLines(reading.findings), exitCode: 1 };
  const files = await testFiles(folder);
  const lines: string[] = [];
  let [passed, failed] = [0, 0];
  for (const path of files) {
    const tests = readControlFile({ path, content: await textOf(folder, path) }, PolicyTests);
    if (tests.kind === "invalid") {
      failed += 1;
      lines.push(...findingLines(tests.findings));
      continue;
    }
    for (const test of tests.value.tests) {
      const failures = runPolicyTest(reading.config, test);
      if (failures.length === 0) passed += 1;
      else failed += 1;
      lines.push(`${failures.length === 0 ? "✓" : "✗"} ${path}: ${test.name}`);
      lines.push(...failures.flatMap((text) => text.split("\n").map((line) => `    ${line}`)));
    }
  }
  return { lines: [...lines, `${passed} passed, ${failed} failed`], exitCode: failed > 0 ? 1 : 0 };
}

/** Every rule in words, the built-in ones with their switch. */
export async function explainPolicy(folder: string): Promise<PolicyReport> {
  const reading = readFleetConfig(await textOf(folder, FLEET_CONFIG_PATH));
  if (reading.kind === "invalid") return { lines: findingLines(reading.findings), exitCode: 1 };
  return { lines: policyLines(reading.config), exitCode: 0 };
}

function policyLines(config: FleetConfig): string[] {
  const own = config.rules.flatMap((rule) => [
    `${rule.id} (${rule.enforcement})`,
    ...ruleWords(rule).map((line) => `    ${line}`),
  ]);
  const builtin = builtinRules(config).flatMap(({ rule, set, standard }) => [
    `${rule.id} (built in, ${set}${set === standard ? "" : `; by itself ${standard}`})`,
    ...ruleWords(rule).map((line) => `    ${line}`),
  ]);
  return [...own, ...builtin];
}

async function testFiles(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, "tests")).catch(() => []);
  const files = names.filter((name) => name.endsWith(".yml")).toSorted();
  if (files.length > 0) return files.map((name) => `tests/${name}`);
  throw new CountersignError("usage", "This folder has no tests/*.yml.", {
    hint: "Write one: docs/policy.md shows how.",
  });
}

async function textOf(folder: string, path: string): Promise<string> {
  try {
    return await readFile(join(folder, path), "utf8");
  } catch (cause) {
    throw new CountersignError("usage", `This folder has no readable ${path}.`, {
      hint: "Run it in a clone of the control repository, or name one.",
      cause,
    });
  }
}
