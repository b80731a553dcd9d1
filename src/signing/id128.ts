/** A new `jti`: 16 random bytes in base64url. */
import { randomBytes } from "node:crypto";
import { encodeBase64url } from "./base64url.ts";

export const newId128 = (): string => encodeBase64url(randomBytes(16));
