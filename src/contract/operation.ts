/** `operations/<date>-<slug>.yml`: something that runs once on every site its selector matches. */
import { z } from "zod";
import { SiteSelector } from "./selector.ts";

export const OperationKind = z.enum(["cache.flush", "maintenance.on", "maintenance.off"]);
export type OperationKind = z.infer<typeof OperationKind>;

export const Operation = z.strictObject({
  /** Written out even where it means every site: `when: {}`. */
  when: SiteSelector,
  run: OperationKind,
  reason: z.string().min(1).max(500).exactOptional(),
});
export type Operation = z.infer<typeof Operation>;
