/** The facts about people, commits and what people said: the part that approvals are judged by. */
import { z } from "zod";
import { NumericId } from "./ids.ts";

/** RFC 3339 with seconds; parsed to whole Unix seconds. */
export const Time = z.iso
  .datetime({ offset: true, error: "a time as RFC 3339, such as 2026-11-24T20:00:00Z" })
  .regex(/T\d\d:\d\d:\d\d/u, "a time with seconds")
  .transform((text) => Math.floor(Date.parse(text) / 1000));

const text = z.string();

/** Whoever wrote something on GitHub; `type` other than `User` is a machine. */
export const Actor = z.strictObject({
  id: NumericId,
  login: text.nullable(),
  type: text.nullable(),
});
export type Actor = z.infer<typeof Actor>;

export const PersonFacts = z.strictObject({
  id: NumericId,
  login: text.nullable(),
  type: text.nullable(),
  permission: z.enum(["none", "read", "triage", "write", "maintain", "admin"]).nullable(),
  suspended: z.boolean().nullable(),
});
export type PersonFacts = z.infer<typeof PersonFacts>;

/** `forbidden`: the App may not see it, or it does not exist. */
export const TeamFacts = z.strictObject({
  state: z.enum(["ok", "forbidden", "unreachable"]),
  members: z
    .array(z.strictObject({ id: NumericId, state: z.enum(["active", "pending"]) }))
    .nullable(),
});
export type TeamFacts = z.infer<typeof TeamFacts>;

const CommitAccount = z
  .strictObject({
    id: NumericId.nullable(),
    login: text.nullable().default(null),
    email: text.nullable().default(null),
  })
  .nullable();
export type CommitAccount = z.infer<typeof CommitAccount>;

export const CommitFacts = z.strictObject({
  sha: text,
  parents: z.array(text).default([]),
  author: CommitAccount,
  committer: CommitAccount,
  message: text.nullable(),
  pushedBy: z.array(NumericId).nullable(),
  /** GitHub reports a valid signature. */
  verified: z.boolean().nullable(),
});
export type CommitFacts = z.infer<typeof CommitFacts>;

const STATES = ["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"] as const;
/** GitHub writes it in capitals in its API and in small letters in its webhooks. */
const ReviewState = z
  .enum([...STATES, "approved", "changes_requested", "commented", "dismissed", "pending"])
  .transform((state) => z.enum(STATES).parse(state.toUpperCase()));

export const ReviewFacts = z.strictObject({
  id: NumericId,
  /** `null` for an account that was deleted. */
  user: Actor.nullable(),
  state: ReviewState,
  commit: text.nullable(),
  submittedAt: Time.nullable(),
  editedAt: Time.nullable().default(null),
  /** Of a DISMISSED review, from the timeline: what it had been, and who dismissed it. */
  dismissal: z
    .strictObject({
      was: ReviewState.nullable(),
      by: z
        .union([Actor, NumericId.transform((id): Actor => ({ id, login: null, type: null }))])
        .nullable(),
      at: Time.nullable().default(null),
    })
    .nullable()
    .default(null),
});
export type ReviewFacts = z.infer<typeof ReviewFacts>;

const said = {
  user: Actor.nullable(),
  reason: text.nullable().default(null),
  at: Time.nullable(),
  /** The plan digest it was said about. */
  digest: text.nullable(),
  edited: z.boolean().nullable().default(false),
};
export const OverrideFacts = z.strictObject({ rule: text, ...said });
export type OverrideFacts = z.infer<typeof OverrideFacts>;
export const GlassFacts = z.strictObject({ gate: text, ...said });
export type GlassFacts = z.infer<typeof GlassFacts>;

export const CommentFacts = z.strictObject({
  user: Actor.nullable(),
  body: text.nullable(),
  createdAt: Time.nullable(),
  editedAt: Time.nullable().default(null),
});

export const CommandFacts = z.strictObject({
  name: text,
  /** A site, `fleet`, or the number of a proposal. */
  target: z.union([text, NumericId]).nullable().default(null),
  by: Actor.nullable(),
  reason: text.nullable().default(null),
  at: Time.nullable(),
  edited: z.boolean().nullable().default(false),
});
export type CommandFacts = z.infer<typeof CommandFacts>;
