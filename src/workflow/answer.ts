/** What a command in a comment came to. */
import type { IssueComment } from "./forge-port.ts";
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

export const answerMark = (id: number): string => `<!-- countersign:answer ${id} -->`;

/** Only our App's comment can be an answer: anyone can write the mark. */
export const answers = ({ own, body }: IssueComment, id: number): boolean =>
  own && body.startsWith(answerMark(id));
