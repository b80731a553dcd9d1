/**
 * The one error that is thrown. Expected negatives are values; this is for faults: something
 * outside did not do its part, or the program was started wrongly. Every code has a heading in
 * docs/errors.md, held equal by a test.
 */
export type ErrorCode =
  | "runtime_too_old"
  | "config_missing"
  | "webhook_secret_weak"
  | "seed_invalid"
  | "seed_not_in_force"
  | "key_invalid"
  | "not_canonical"
  | "token_invalid"
  | "github_unreachable"
  | "github_refused"
  | "store_unusable"
  | "log_mismatch"
  | "log_unreadable"
  | "clone_unreadable"
  | "run_refused"
  | "environment_open"
  | "branch_open"
  | "usage";

export class CountersignError extends Error {
  override readonly name = "CountersignError";
  readonly code: ErrorCode;
  /** What the operator can do, in one sentence. */
  readonly hint: string;

  constructor(code: ErrorCode, message: string, options: { hint: string; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}
