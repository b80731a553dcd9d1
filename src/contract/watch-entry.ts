/** Lines of the audit log about what is watched: the protection of two branches, and silence. */
import { z } from "zod";
import { Digest, Instant, SiteId } from "./ids.ts";

/** The default branch takes proposals, the audit branch is written by the App alone. */
export const ProtectedBranch = z.enum(["default", "audit"]);
export type ProtectedBranch = z.infer<typeof ProtectedBranch>;

/** What GitHub may or may not stop on a branch, in the order in which it is shown. */
export const ProtectionGap = z.enum([
  "check_not_required",
  "check_of_anybody",
  "direct_push",
  "force_push",
  "deletion",
  "administrators_pass",
]);
export type ProtectionGap = z.infer<typeof ProtectionGap>;

/**
 * What GitHub was once known to stop on a branch. It only grows: what is lost later is an incident,
 * and what cannot be seen any more is not forgotten by that.
 */
export const ProtectionEntry = z.strictObject({
  at: Instant,
  branch: ProtectedBranch,
  held: z.array(ProtectionGap),
  kind: z.literal("protection"),
  /** Of the branch's name, which is its author's word. */
  name: Digest,
});

/** A site's beats stayed away, and a signed question got no answer; `over`: it is heard again. */
export const SilenceEntry = z.strictObject({
  at: Instant,
  kind: z.literal("silence"),
  over: z.boolean(),
  /** When it was heard last. */
  since: Instant,
  site: SiteId,
});
