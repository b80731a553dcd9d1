/** The closed vocabulary of policy rules in `countersign.yml`: what can be asserted, and how. */
import { z } from "zod";
import { Reversibility } from "./plan.ts";
import { ChangeSelector, oneOrMany, Tier } from "./selector.ts";
import { duration } from "./time-words.ts";

/** `">= 3"`: an operator and a number; parsed to both. */
export const Comparison = z
  .string()
  .regex(/^(<=|>=|==|!=|<|>) ?[0-9]{1,12}(\.[0-9]{1,6})?$/u, 'a comparison such as ">= 3"')
  .transform((text): NumberTest => {
    const [, operator = "", number = ""] = /^([<>=!]+) ?(.+)$/u.exec(text) ?? [];
    return { operator: Operator.parse(operator), number: Number(number) };
  });

export const Operator = z.enum(["<", "<=", ">", ">=", "==", "!="]);
export type Operator = z.infer<typeof Operator>;
export interface NumberTest {
  readonly operator: Operator;
  readonly number: number;
}

/** Which way a version moves; `none` for changes without one. */
export const Direction = z.enum(["up", "down", "same", "none"]);
export type Direction = z.infer<typeof Direction>;

/** A host as in a URL, with its port where that is not the scheme's own. */
export const Host = z
  .string()
  .max(260)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9][0-9]{0,4})?$/u, "a host name in lower case");

export const SourceName = z
  .string()
  .regex(/^[a-z][a-z0-9.-]{0,62}$/u, "1 to 63 of a-z, 0-9, . and -, beginning with a letter");

/** Every clause has to hold for every change that the rule's `when` chooses. */
export const Assertion = z.strictObject({
  /** Whole days since the release's date in the package lock. */
  "package.ageDays": Comparison.exactOptional(),
  "package.locked": z.boolean().exactOptional(),
  "package.matchesSource": z.boolean().exactOptional(),
  "package.source": oneOrMany(SourceName).exactOptional(),
  "package.host": oneOrMany(Host).exactOptional(),
  "package.bytes": Comparison.exactOptional(),
  /** Growth over the previous version's package, in percent. */
  "package.growthPercent": Comparison.exactOptional(),
  /** These very bytes failed on some site and nobody has cleared them. */
  "package.knownBad": z.boolean().exactOptional(),
  "package.vulnerable": z.boolean().exactOptional(),
  "change.direction": oneOrMany(Direction).exactOptional(),
  /** How many major versions the step crosses, in either direction. */
  "change.majors": Comparison.exactOptional(),
  "change.reversibility": oneOrMany(Reversibility).exactOptional(),
  /** The present version is vulnerable and the new one is not. */
  "change.securityFix": z.boolean().exactOptional(),
  "site.phpFits": z.boolean().exactOptional(),
  "site.wordpressFits": z.boolean().exactOptional(),
  /** The same step was applied in this tier, and has stayed well for so long. */
  "site.promotesFrom": z
    .strictObject({ tier: Tier, soak: duration({ max: "90d" }).exactOptional() })
    .exactOptional(),
  /** How many sites the rule's changes touch. */
  "plan.sites": Comparison.exactOptional(),
  "proposal.fork": z.boolean().exactOptional(),
  "proposal.byAgent": z.boolean().exactOptional(),
  "proposal.byBot": z.boolean().exactOptional(),
  "proposal.secrets": z.boolean().exactOptional(),
});
export type Assertion = z.infer<typeof Assertion>;

/** `advisory` warns; `soft` needs an override with a reason; `hard` has no override. */
export const Enforcement = z.enum(["advisory", "soft", "hard"]);
export type Enforcement = z.infer<typeof Enforcement>;

export const RuleId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/u, "1 to 63 of a-z, 0-9 and -, beginning with a letter");

/** Not said beside another error: a misspelt clause is one, though it leaves nothing. */
const atLeastOne = {
  error: "at least one clause",
  when: ({ issues }: { readonly issues: readonly unknown[] }) => issues.length === 0,
};

export const PolicyRule = z.strictObject({
  id: RuleId,
  when: ChangeSelector.default({}),
  /** The rule does not apply to a change for which all of this holds. */
  unless: Assertion.refine(isNotEmpty, atLeastOne).exactOptional(),
  assert: Assertion.refine(isNotEmpty, atLeastOne),
  enforcement: Enforcement,
  message: z.string().min(1).max(500).exactOptional(),
});
export type PolicyRule = z.infer<typeof PolicyRule>;

function isNotEmpty(value: object): boolean {
  return Object.keys(value).length > 0;
}
