/** The one selector: which sites, and for gates and rules which changes, something is about. */
import { z } from "zod";
import { SiteId } from "./ids.ts";
import { ControlKind, Risk, StepKind } from "./plan.ts";

/** A tier's name, declared in `tiers:` of countersign.yml. */
export const Tier = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/u, "1 to 32 of a-z, 0-9 and -, beginning with a letter");
export type Tier = z.infer<typeof Tier>;

export const LabelName = z
  .string()
  .regex(/^[a-z][a-z0-9_.-]{0,62}$/u, "1 to 63 of a-z, 0-9, _, . and -, beginning with a letter");

export const LabelValue = z.string().min(1).max(100);

export const Labels = z.record(LabelName, LabelValue);
export type Labels = z.infer<typeof Labels>;

/** What a planned change does: a step's kind or a control change's. */
export const ChangeKind = z.enum([...StepKind.options, ...ControlKind.options]);
export type ChangeKind = z.infer<typeof ChangeKind>;

/** One value or a list of them; parsed to a list. */
export function oneOrMany<Item extends z.ZodType>(item: Item) {
  return z
    .union([item, z.array(item).min(1, "at least one")])
    .transform((value): z.output<Item>[] =>
      Array.isArray(value) ? value : [value as z.output<Item>],
    );
}

const siteWords = {
  tier: oneOrMany(Tier).exactOptional(),
  labels: z.record(LabelName, oneOrMany(LabelValue)).exactOptional(),
  sites: oneOrMany(SiteId).exactOptional(),
};

/** Chooses sites. Every word given has to hold; within a word any of its values. */
export const SiteSelector = z.strictObject(siteWords);
export type SiteSelector = z.infer<typeof SiteSelector>;

/** Chooses planned changes. Every word given has to hold for one and the same change. */
export const ChangeSelector = z.strictObject({
  ...siteWords,
  risk: oneOrMany(Risk).exactOptional(),
  kind: oneOrMany(ChangeKind).exactOptional(),
});
export type ChangeSelector = z.infer<typeof ChangeSelector>;
