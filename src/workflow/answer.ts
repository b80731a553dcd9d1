/** What a command in a comment came to. */
import type { Job } from "./store-port.ts";

export interface Answer {
  /** For whoever said it, as Markdown. */
  readonly text: string;
  /** What has to run now. */
  readonly jobs: readonly Job[];
}

/** `again`: the branch moved meanwhile, and the whole comment has to be taken up again. */
export type Handled = Answer | "again";

export const said = (text: string): Answer => ({ text, jobs: [] });
