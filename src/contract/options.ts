/**
 * The WordPress options that desired state may set: a closed list with types and ranges. An option
 * that can lock people out, raise rights or run code is not on it. Source: docs/protocol.md, R15.
 */
import { z } from "zod";
import type { Risk } from "./plan.ts";

const shortText = z.string().max(200);
const format = z.string().min(1).max(50);
const flag = z.union([z.literal(0), z.literal(1)], "0 or 1");
const pageId = z.int().min(0).max(2_147_483_647);
const pixels = z.int().min(0).max(10_000);
const openOrClosed = z.enum(["open", "closed"]);

/** Each option with the type of its value. */
export const OPTION_SCHEMAS = {
  blogname: shortText,
  blogdescription: shortText,
  blog_public: flag,
  comment_moderation: flag,
  comment_registration: flag,
  comments_notify: flag,
  date_format: format,
  default_comment_status: openOrClosed,
  default_ping_status: openOrClosed,
  large_size_h: pixels,
  large_size_w: pixels,
  medium_size_h: pixels,
  medium_size_w: pixels,
  page_for_posts: pageId,
  page_on_front: pageId,
  permalink_structure: z
    .string()
    .max(200)
    .regex(
      /^(\/([a-z0-9-]+|%(year|monthnum|day|hour|minute|second|post_id|postname|category|author)%))*\/?$/u,
      "a path of words and WordPress's %tags%",
    ),
  posts_per_page: z.int().min(1).max(100),
  posts_per_rss: z.int().min(1).max(100),
  rss_use_excerpt: flag,
  show_on_front: z.enum(["posts", "page"]),
  start_of_week: z.int().min(0).max(6),
  thread_comments: flag,
  thumbnail_size_h: pixels,
  thumbnail_size_w: pixels,
  time_format: format,
  uploads_use_yearmonth_folders: flag,
  use_smilies: flag,
} as const;

export type OptionName = keyof typeof OPTION_SCHEMAS;
export type OptionValue = string | number;

const entries = Object.entries(OPTION_SCHEMAS).map(
  ([name, schema]) => [name, z.exactOptional(schema)] as const,
);

/** `options:` of desired state. */
export const DesiredOptions = z
  .strictObject(Object.fromEntries(entries))
  .transform((options): Readonly<Record<string, OptionValue>> => options);

const HIGH_RISK: ReadonlySet<string> = new Set([
  "blog_public",
  "page_on_front",
  "permalink_structure",
  "show_on_front",
]);

/** How much visitors notice when the option is wrong. */
export function riskOfOption(name: string): Risk {
  return HIGH_RISK.has(name) ? "high" : "low";
}
