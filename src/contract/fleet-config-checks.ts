/**
 * What the schema of `countersign.yml` cannot say: names that have to exist, names used twice, and
 * pairs that contradict each other. It reads the raw document, so that these errors are reported
 * together with the schema's; whatever has another shape than expected is left to the schema.
 */
import { errorAt, type Finding, quote } from "./finding.ts";
import { uselessRules } from "./policy-rule-checks.ts";
import { isBefore, isInstant, LocalTime } from "./time-words.ts";
import type { YamlDocument, YamlPath } from "./yaml-document.ts";

interface Problem {
  readonly path: YamlPath;
  readonly message: string;
  readonly allowed: string | null;
}

/** All problems of references and pairs in the document. */
export function checkFleetConfig(document: YamlDocument): Finding[] {
  const root = mapping(document.value);
  const problems = [
    ...unknownRoles(root),
    ...unknownTiers(root),
    ...repeatedNames(root),
    ...badFreezes(root),
    ...badRollout(root),
    ...badFeed(root),
    ...list(root["rules"]).flatMap(uselessRules),
  ];
  return problems.map(({ path, message, allowed }) =>
    errorAt(
      { rule: "reference", file: document.file, place: document.placeOf(path) },
      message,
      allowed,
    ),
  );
}

type Mapping = Readonly<Record<string, unknown>>;

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapping(value: unknown): Mapping {
  return isMapping(value) ? value : {};
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return [];
}

/** A value or list of values, each with its path. */
function each(value: unknown, path: YamlPath): { value: unknown; path: YamlPath }[] {
  if (!Array.isArray(value)) return value === undefined ? [] : [{ value, path }];
  return value.map((item: unknown, index) => ({ value: item, path: [...path, index] }));
}

function unknownRoles(root: Mapping): Problem[] {
  const known = Object.keys(mapping(root["roles"]));
  const fromGates = list(root["gates"]).flatMap((gate, index) =>
    list(mapping(gate)["require"]).map((requirement, at) => ({
      value: mapping(requirement)["role"],
      path: ["gates", index, "require", at, "role"],
      accepted: known,
    })),
  );
  const fromRights = Object.entries(mapping(root["rights"])).map(([name, right]) => ({
    value: mapping(right)["role"],
    path: ["rights", name, "role"],
    accepted: name === "break-glass" ? known : [...known, "any-role"],
  }));
  return [...fromGates, ...fromRights].flatMap(({ value, path, accepted }) =>
    unlessKnown({ value, path, what: "role", accepted }),
  );
}

function unknownTiers(root: Mapping): Problem[] {
  const declared = root["tiers"] ?? ["production", "staging", "development"];
  const accepted = list(declared).filter((tier) => typeof tier === "string");
  const selectors = ["gates", "rules", "freezes", "readiness"].flatMap((section) =>
    list(root[section]).flatMap((entry, index) =>
      each(mapping(mapping(entry)["when"])["tier"], [section, index, "when", "tier"]),
    ),
  );
  const promotions = list(root["rules"]).flatMap((rule, index) =>
    ["assert", "unless"].map((clause) => ({
      value: mapping(mapping(mapping(rule)[clause])["site.promotesFrom"])["tier"],
      path: ["rules", index, clause, "site.promotesFrom", "tier"],
    })),
  );
  const canary = mapping(mapping(root["rollout"])["canary"])["tier"];
  return [...selectors, ...promotions, ...each(canary, ["rollout", "canary", "tier"])].flatMap(
    ({ value, path }) => unlessKnown({ value, path, what: "tier", accepted }),
  );
}

function unlessKnown(name: {
  value: unknown;
  path: YamlPath;
  what: string;
  accepted: readonly string[];
}): Problem[] {
  const { value, path, what, accepted } = name;
  if (typeof value !== "string" || accepted.includes(value)) return [];
  const allowed = accepted.length > 0 ? accepted.join(", ") : null;
  return [{ path, message: `unknown ${what} ${quote(value)}`, allowed }];
}

/** Each section with the key that names its entries. */
const NAMED_SECTIONS = [
  ["gates", "name"],
  ["rules", "id"],
  ["freezes", "name"],
  ["sources", "name"],
] as const;

function repeatedNames(root: Mapping): Problem[] {
  const named = NAMED_SECTIONS.flatMap(([section, key]) =>
    repeats(
      list(root[section]).map((entry, index) => ({
        value: mapping(entry)[key],
        path: [section, index, key],
      })),
    ).map(({ path, value }) => ({
      path,
      message: `${section} has two entries with the ${key} ${quote(value)}`,
      allowed: null,
    })),
  );
  const tiers = repeats(each(root["tiers"], ["tiers"])).map(({ path, value }) => ({
    path,
    message: `tier ${quote(value)} is declared twice`,
    allowed: null,
  }));
  return [...named, ...tiers];
}

function repeats(names: readonly { value: unknown; path: YamlPath }[]) {
  const seen = new Set<string>();
  return names.flatMap(({ value, path }) => {
    if (typeof value !== "string") return [];
    if (seen.has(value)) return [{ value, path }];
    seen.add(value);
    return [];
  });
}

function badFreezes(root: Mapping): Problem[] {
  return list(root["freezes"]).flatMap((freeze, index) => {
    const { from, until } = mapping(freeze);
    const path = ["freezes", index, "until"];
    const [start, end] = [LocalTime.safeParse(from), LocalTime.safeParse(until)];
    if (!start.success || !end.success) return [];
    if (isInstant(start.data) !== isInstant(end.data)) {
      const message = "from and until are written differently";
      return [{ path, message, allowed: "both with an offset, or both without" }];
    }
    if (isBefore(start.data, end.data)) return [];
    return [{ path, message: "the freeze ends before it starts", allowed: "a time after from" }];
  });
}

function badRollout(root: Mapping): Problem[] {
  const waves = list(mapping(root["rollout"])["waves"]);
  if (!waves.every((wave) => typeof wave === "string" && /^[1-9][0-9]*%$/u.test(wave))) return [];
  const shares = waves.map((wave) => Number.parseInt(String(wave), 10));
  const path = ["rollout", "waves"];
  const drop = shares.findIndex((share, index) => share <= (shares[index - 1] ?? 0));
  if (drop >= 0) {
    const message = "each wave has to be larger than the one before";
    return [{ path: [...path, drop], message, allowed: null }];
  }
  if (shares.length === 0 || shares.at(-1) === 100) return [];
  return [{ path, message: "the last wave leaves sites out", allowed: "a last wave of 100%" }];
}

function badFeed(root: Mapping): Problem[] {
  if (root["vulnerabilities"] === undefined) return [];
  const feed = mapping(root["vulnerabilities"]);
  if ((feed["url"] === undefined) !== (feed["file"] === undefined)) return [];
  const message = "the feed needs one place to come from";
  return [{ path: ["vulnerabilities"], message, allowed: "either url or file" }];
}
