/** A fault of the sandbox: what failed and where in the message, what to do about it in `hint`. */
export class SandboxError extends Error {
  override readonly name = "SandboxError";
  readonly hint: string;

  constructor(message: string, options: { hint: string; cause?: unknown }) {
    const text = `${message}\n${options.hint}`;
    super(text, options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint;
  }
}
