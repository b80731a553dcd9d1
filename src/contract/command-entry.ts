/** Lines of the audit log about what people commanded in comments. */
import { z } from "zod";
import { Instant, NumericId, SiteId } from "./ids.ts";

/** A person's word that made something run, end or close: all whose word was needed, and where. */
export const CommandedEntry = z.strictObject({
  at: Instant,
  by: z.array(NumericId),
  comment: NumericId,
  issue: NumericId,
  kind: z.literal("commanded"),
  name: z.enum(["retry", "resume", "abandon", "rollback", "reviewed"]),
  pr: NumericId.nullable(),
  sites: z.array(SiteId),
});

/**
 * Who says from here on which commands were carried out: this log, by `answered`, for those that
 * were said after `since`; or, where it is `null`, answers in comments again.
 */
export const HearingEntry = z.strictObject({
  at: Instant,
  kind: z.literal("hearing"),
  since: Instant.nullable(),
});

/** The commands of a comment were carried out: where nobody's comment can be believed to say so. */
export const AnsweredEntry = z.strictObject({
  at: Instant,
  comment: NumericId,
  issue: NumericId,
  kind: z.literal("answered"),
});
