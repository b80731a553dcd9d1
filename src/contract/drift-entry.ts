/** The line of the audit log about drift. */
import { z } from "zod";
import { Digest, Instant, SiteId } from "./ids.ts";
import { Target } from "./plan.ts";

const stateWords = z
  .string()
  .regex(
    /^(absent|other|value|[0-9.]{1,20}( (active|inactive))?)$/u,
    "a version and state, absent, value or other",
  );

/** A site runs something else than the attested commit wants; `count` 0: it does not any more. */
export const DriftEntry = z.strictObject({
  at: Instant,
  count: z.int().min(0),
  /** The first of them, so that the line stays short. */
  differences: z
    .array(
      z.strictObject({
        live: stateWords,
        target: Target,
        /** Who changed it at the site, if that knows: an account of the site by its number. */
        touched: z.strictObject({ at: Instant, user: z.int().min(0) }).exactOptional(),
        wanted: stateWords,
      }),
    )
    .max(30),
  inv: Digest,
  kind: z.literal("drift"),
  site: SiteId,
  unmanaged: z.int().min(0),
  /** The first of what nobody desires, as far as desired state could name it. */
  others: z.array(Target).max(30).exactOptional(),
});
