/**
 * Rules that can never do anything: they choose no change, ask only what their changes do not have,
 * or ask what nothing fulfils. A rule that people rely on and that never speaks is worse than none.
 */
import { ControlKind } from "./plan.ts";
import { type NumberTest, PolicyRule } from "./policy-rule.ts";
import type { ChangeKind } from "./selector.ts";
import type { YamlPath } from "./yaml-document.ts";

interface Problem {
  readonly path: YamlPath;
  readonly message: string;
  readonly allowed: string | null;
}

/** @param given one entry of `rules:` as it stands in the file; what the schema refuses is left to it */
export function uselessRules(given: unknown, index: number): Problem[] {
  const parsed = PolicyRule.safeParse(given);
  if (!parsed.success) return [];
  const rule = parsed.data;
  const at = (...path: YamlPath): YamlPath => ["rules", index, ...path];
  return [
    ...withoutSites(rule).map((problem) => ({ ...problem, path: at("when", "kind") })),
    ...withoutSubject(rule).map((problem) => ({ ...problem, path: at("when", "kind") })),
    ...withoutFollower(rule).map((problem) => ({ ...problem, path: at("when", "tier") })),
    ...impossible(rule).map(({ clause, ...problem }) => ({
      ...problem,
      path: at("assert", clause),
    })),
  ];
}

const SITELESS: ReadonlySet<string> = new Set([
  "policy.change",
  "baseline.change",
  "package.lock",
  "package.repin",
]);

/** It selects by site, and only changes that belong to none. */
function withoutSites({ when }: PolicyRule) {
  const selectsSites = [when.tier, when.labels, when.sites].some((word) => word !== undefined);
  const kinds = when.kind ?? [];
  const isSiteless = kinds.length > 0 && kinds.every((kind) => SITELESS.has(kind));
  if (!selectsSites || !isSiteless) return [];
  const message = `this rule can never match: ${kinds.join(", ")} belongs to no site`;
  return [{ message, allowed: "kinds of a site's changes, or no tier, labels and sites" }];
}

const INSTALLING: ReadonlySet<ChangeKind> = new Set<ChangeKind>([
  "core.update",
  "plugin.install",
  "plugin.update",
  "theme.install",
  "theme.update",
  "connector.update",
]);
const UPDATING: ReadonlySet<ChangeKind> = new Set(
  [...INSTALLING].filter((kind) => !kind.endsWith(".install")),
);
const CONTROL: ReadonlySet<string> = new Set(ControlKind.options);

/** The kinds of changes that the clause says something about; `null`: all. */
function kindsOf(clause: string): ((kind: ChangeKind) => boolean) | null {
  if (clause === "package.growthPercent") return (kind) => UPDATING.has(kind);
  if (clause === "change.majors" || clause === "change.securityFix") {
    return (kind) => UPDATING.has(kind);
  }
  if (clause.startsWith("package.") || clause.endsWith("Fits")) {
    return (kind) => INSTALLING.has(kind);
  }
  const isOfSteps = clause === "change.direction" || clause === "site.promotesFrom";
  return isOfSteps ? (kind) => !CONTROL.has(kind) : null;
}

/** None of its clauses says anything about the kinds that it selects. */
function withoutSubject({ when, assert }: PolicyRule) {
  const { kind: kinds } = when;
  if (kinds === undefined) return [];
  const clauses = Object.keys(assert);
  const applies = clauses.some((clause) => {
    const isAbout = kindsOf(clause);
    return isAbout === null || kinds.some(isAbout);
  });
  if (applies) return [];
  const message = `this rule can never match: ${clauses.join(", ")} says nothing about ${kinds.join(", ")}`;
  return [{ message, allowed: "kinds that the clauses are about" }];
}

/** A tier does not follow itself. */
function withoutFollower({ when, assert }: PolicyRule) {
  const from = assert["site.promotesFrom"]?.tier;
  const isAlone = Object.keys(assert).length === 1;
  const onlyItself = when.tier?.every((tier) => tier === from) ?? false;
  if (from === undefined || !isAlone || !onlyItself) return [];
  const message = `this rule can never match: ${from} does not follow itself`;
  return [{ message, allowed: "the tiers that follow it" }];
}

/** A package may shrink, and its release may lie ahead. */
const MAY_BE_NEGATIVE: ReadonlySet<string> = new Set(["package.growthPercent", "package.ageDays"]);

/** Counts and sizes are never below zero. */
function impossible({ assert }: PolicyRule) {
  return Object.entries(assert).flatMap(([clause, wanted]) => {
    const test = isNumberTest(wanted) ? wanted : null;
    if (test === null || MAY_BE_NEGATIVE.has(clause)) return [];
    const { operator, number } = test;
    if (operator !== "<" || number > 0) return [];
    const message = `nothing can fulfil this: ${clause} is never below 0`;
    return [{ clause, message, allowed: "a number above 0" }];
  });
}

function isNumberTest(wanted: unknown): wanted is NumberTest {
  return typeof wanted === "object" && wanted !== null && "operator" in wanted;
}
