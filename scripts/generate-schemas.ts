/**
 * Writes the JSON Schemas of the control repository's files and of the plan into docs/schemas/,
 * for editors: `# yaml-language-server: $schema=…`. A test holds files and contract equal.
 */
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { Baseline } from "../src/contract/baseline.ts";
import { FleetConfig } from "../src/contract/fleet-config.ts";
import { Finding } from "../src/contract/finding.ts";
import { Operation } from "../src/contract/operation.ts";
import { PackageLock } from "../src/contract/package-lock.ts";
import { FleetPlan, SitePlan } from "../src/contract/plan.ts";
import { PlannedChange } from "../src/contract/planned-change.ts";
import { PolicyTests } from "../src/contract/policy-test.ts";
import { SiteFile } from "../src/contract/site-file.ts";

/** By file name: a title and the contract, described as it is written, before defaults. */
export const REPOSITORY_SCHEMAS: Readonly<Record<string, readonly [string, z.ZodType]>> = {
  "countersign.json": ["countersign.yml: who may do what, and the fleet's rules", FleetConfig],
  "site.json": ["sites/<site-id>.yml: one site and its desired state", SiteFile],
  "baseline.json": ["baselines/<name>.yml: desired state of many sites", Baseline],
  "operation.json": ["operations/<date>-<slug>.yml: something that runs once", Operation],
  "lock.json": ["packages/<type>/<slug>/<version>.yml: a package lock", PackageLock],
  "policy-tests.json": ["tests/*.yml: what the policy should say", PolicyTests],
  "site-plan.json": ["The plan of one site: RFC 8785 text that its connector executes", SitePlan],
  "fleet-plan.json": ["The plan of a fleet: its digest is the plan digest", FleetPlan],
  "planned-change.json": ["One planned change, as reviewers and rules see it", PlannedChange],
  "finding.json": ["One finding of a plan, at the place that it is about", Finding],
};

/** The file's exact text. */
export function repositorySchemaText(name: string): string {
  const [title, schema] = REPOSITORY_SCHEMAS[name] ?? ["", z.never()];
  const described = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return `${JSON.stringify({ title, ...described }, null, 2)}\n`;
}

if (import.meta.main) {
  for (const name of Object.keys(REPOSITORY_SCHEMAS)) {
    writeFileSync(new URL(`../docs/schemas/${name}`, import.meta.url), repositorySchemaText(name));
  }
}
