/** Control repositories for tests, from a few words. */
import type { Tree } from "../../src/contract/control-repository.ts";
import type { Plan, PlannedChange } from "../../src/contract/planned-change.ts";
import { planTrees } from "../../src/domain/plan.ts";
import { digest } from "./ids.ts";

export type Files = Readonly<Record<string, string | Uint8Array | null>>;

/** A tree of these files; `null` leaves one out. */
export function tree(...layers: readonly Files[]): Tree {
  const files = new Map<string, string | Uint8Array>();
  for (const [path, content] of layers.flatMap((layer) => Object.entries(layer))) {
    if (content === null) files.delete(path);
    else files.set(path, content);
  }
  return files;
}

/** The lock of a version, with further lines. */
export function lock(name: string, extra = ""): Files {
  const [path = "", version = ""] = name.split("@");
  const folder = path === "core" ? "core/wordpress" : path;
  const text = [
    "source: wordpress.org",
    `url: https://downloads.wordpress.org/${name.replaceAll(/[/@]/gu, ".")}.zip`,
    `sha256: ${digest(name)}`,
    "bytes: 1000",
    "releasedAt: 2026-11-01T10:00:00Z",
    extra,
  ].join("\n");
  return { [`packages/${folder}/${version}.yml`]: text };
}

export interface SiteWords {
  readonly tier?: string;
  readonly extra?: string;
  readonly labels?: string;
  readonly url?: string;
}

/** A site file; `desired` is YAML in flow style. */
export function site(id: string, desired = "", words: SiteWords = {}): Files {
  const lines = [
    `url: ${words.url ?? `https://${id}.example`}`,
    `tier: ${words.tier ?? "production"}`,
    `labels: ${words.labels ?? "{ client: acme }"}`,
    "timezone: Europe/Berlin",
    ...(desired === "" ? [] : [`desired: { ${desired} }`]),
    words.extra ?? "",
  ];
  return { [`sites/${id}.yml`]: lines.join("\n") };
}

export function baseline(name: string, desired: string, when = "{}"): Files {
  return { [`baselines/${name}.yml`]: `when: ${when}\ndesired: { ${desired} }\n` };
}

export function plan(before: Tree, after: Tree): Plan {
  return planTrees({ before, after });
}

/** `kind target from→to`, as short as a test likes it. */
export function shown({ kind, target, from, to }: PlannedChange): string {
  return `${kind} ${target} ${String(from)}→${String(to)}`;
}

export function steps(result: Plan): string[] {
  return result.changes.filter(({ kind }) => !CONTROL.test(kind)).map(shown);
}

export function controls(result: Plan): string[] {
  return result.control.map(({ kind, path }) => `${kind} ${path}`);
}

export function errors(result: Plan): string[] {
  return result.findings
    .filter(({ severity }) => severity === "error")
    .map(({ rule, file, line, column }) => `${rule} ${file}:${line}:${column}`);
}

const CONTROL = /^(?:site|policy|baseline|package)\.|^connector\.pair$/u;
