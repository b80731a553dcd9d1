import type { ErrorCode } from "../errors.ts";

/** 2: it was called or set up wrongly. 3: something could not be reached or read. 4: it was refused. */
export function exitCodeOf(code: ErrorCode): 2 | 3 | 4 {
  switch (code) {
    case "runtime_too_old":
    case "usage":
    case "config_missing":
    case "webhook_secret_weak":
    case "seed_invalid":
    case "key_invalid":
      return 2;
    case "github_refused":
      return 4;
    default:
      return 3;
  }
}
