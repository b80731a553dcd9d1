/** `baselines/<name>.yml`: desired state shared by every site that its selector matches. */
import { z } from "zod";
import { DesiredState } from "./desired-state.ts";
import { SiteSelector } from "./selector.ts";

export const Baseline = z.strictObject({
  /** Written out even where it means every site: `when: {}`. */
  when: SiteSelector,
  desired: DesiredState,
});
export type Baseline = z.infer<typeof Baseline>;
